import FiniTestSupport
import Foundation
import Testing

/// Tests/FiniMatrix, run as tools/matrix runs it.
@Suite("The matrix of victims and incidents", .serialized)
struct MatrixTests {
}
