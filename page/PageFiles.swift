/// The files of the page that `export --format html` writes, as they stand in `web`: this module holds their bytes
/// and nothing else, so that they are compiled only when they change.
package enum PageFiles {
  /// The page, with a mark `@@name@@` for each part that is put in.
  package static let template: [UInt8] = PackageResources.page_html

  /// The parts that are the same for every run, by the names of their marks.
  package static let parts: [String: [UInt8]] = [
    "detail.js": PackageResources.detail_js,
    "elements.js": PackageResources.elements_js,
    "gestures.js": PackageResources.gestures_js,
    "lanes.js": PackageResources.lanes_js,
    "listen.js": PackageResources.listen_js,
    "marks.js": PackageResources.marks_js,
    "model.js": PackageResources.model_js,
    "page.js": PackageResources.page_js,
    "report.js": PackageResources.report_js,
    "scale.js": PackageResources.scale_js,
    "search.js": PackageResources.search_js,
    "spans.js": PackageResources.spans_js,
    "table.js": PackageResources.table_js,
    "timeline.css": PackageResources.timeline_css,
    "words.js": PackageResources.words_js,
  ]
}
