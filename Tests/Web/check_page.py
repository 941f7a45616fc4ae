#!/usr/bin/env python3
"""Checks the page of `export --format html` in a real browser.

    check_page.py                                  pages made here: a hostile run, a long run
    check_page.py EVENTS CHECK EXPLANATION         and the page of three files of the program
    check_page.py --page FILE.html                 and a page that the program itself wrote
    check_page.py --hashes                         write the hashes of the policy into page.html

EVENTS is the line of `list --json` and the lines of `show --all --json`. The browser is
/usr/bin/chromium, or what CHROMIUM says; it is driven by playwright. Without one of them only the
checks of text are done, and the rest is told as skipped. --shots FOLDER keeps pictures.
"""

import argparse
import os
import pathlib
import sys
import tempfile

import browser_checks
import cases
import web_page

LONG_RUN = 10_000


def text_checks(report):
    stale = web_page.stale_hashes()
    report("the policy of page.html has the hashes of its files", not stale,
           "stale: %s; run check_page.py --hashes" % ", ".join(stale))
    for name, texts in (("hostile", cases.hostile()), ("long", cases.long_run(50))):
        page = web_page.build(*texts, title="</title><script>alert(1)</script>")
        report("%s: only the page's own script elements" % name,
               page.count("</script") == page.count("<script") == 4)
        report("%s: the title stays text" % name, page.count("<title>") == 1
               and "</title><script>" not in page)
    template, values = web_page.parts()
    named = set(web_page.PLACEHOLDER.findall(template))
    report("the template names every file, and no other",
           named == set(values) | {"title", "events", "check", "explanation"}, str(named))
    scripts = "".join(text for name, text in values.items() if name.endswith(".js"))
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "new Function", "fetch(", "XMLHttpRequest", "WebSocket", "import("):
        report("no %s in the scripts" % word, word not in scripts)


def pages(arguments):
    made = {"hostile": cases.hostile(), "long": cases.long_run(LONG_RUN),
            "timeless": cases.timeless(), "empty": cases.empty(), "tree": cases.tree()}
    if arguments.files:
        made["given"] = [pathlib.Path(f).read_text(errors="replace") for f in arguments.files]
    made = {name: web_page.build(*texts, title=name) for name, texts in made.items()}
    if arguments.page:
        made["given"] = pathlib.Path(arguments.page).read_text()
    return made


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--page")
    parser.add_argument("--shots")
    parser.add_argument("--hashes", action="store_true")
    arguments = parser.parse_args()
    if len(arguments.files) not in (0, 3):
        parser.error("three files are wanted, or none")
    return arguments


def main():
    arguments = read_arguments()
    if arguments.hashes:
        web_page.write_hashes()
        return 0
    failed = []

    def report(what, holds, why=""):
        print("%s  %s%s" % ("ok    " if holds else "FAILED", what,
                            ": " + why if why and not holds else ""), flush=True)
        if not holds:
            failed.append(what)

    text_checks(report)
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    missing = browser_checks.missing(chromium)
    if missing:
        print("skipped  everything in a browser: %s" % missing)
    else:
        with tempfile.TemporaryDirectory() as folder:
            browser_checks.run(chromium, pages(arguments), pathlib.Path(folder), report,
                               arguments.shots)
    print("%d failed" % len(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
