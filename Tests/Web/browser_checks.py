"""What is checked of a page in a browser: that it is safe, that it works, how long it takes."""

import os
import pathlib

import cases

WAIT_MS = 60_000
# Of a frame's 16.7 ms, by the processor time of the page's thread: a loaded machine must not fail.
MOST_FRAME_MS = 16.0
MOST_LOAD_MS = 2000.0


def missing(chromium):
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "no playwright (pip install playwright)"
    return "" if os.access(chromium, os.X_OK) else "no browser at %s" % chromium


class Opened:
    """A page in the browser, with everything that it did that no page should do."""

    def __init__(self, browser, file, scheme="light", width=1360, height=900, address=""):
        self.context = browser.new_context(color_scheme=scheme, reduced_motion="reduce",
                                           viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.console, self.requests, self.dialogs = [], [], []
        self.page.on("console", lambda said: self.console.append(said.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("request", lambda asked: self.requests.append(asked.url[:100]))
        self.page.on("dialog", self.dismiss)
        self.page.goto(file.as_uri() + address)
        self.page.wait_for_selector("body.ready")

    def dismiss(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def run(self, script, *values):
        return self.page.evaluate(script, *values)

    def text(self, selector):
        return self.page.text_content(selector)

    def frames(self, count=2):
        self.run("count => new Promise(done => { const next = () => count-- > 0 ?"
                 " requestAnimationFrame(next) : done(); next(); })", count)

    def close(self):
        self.context.close()


def run(chromium, pages, folder, report, shots):
    from playwright.sync_api import sync_playwright
    files = {name: folder / (name + ".html") for name in pages}
    for name, text in pages.items():
        files[name].write_text(text)
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        for name, file in files.items():
            check_safe(browser, name, file, report)
            check_windows(browser, name, file, report, shots)
        check_hostile_text(browser, files["hostile"], report)
        check_timeless(browser, files["timeless"], files["empty"], report)
        check_tree(browser, files["tree"], report)
        for name in [n for n in files if n in ("long", "given")]:
            check_work(browser, name, files[name], report)
        check_print(browser, files["long"], report)
        measure(browser, files["long"], report)
        browser.close()


def check_safe(browser, name, file, report):
    opened = Opened(browser, file)
    opened.frames(4)
    report("%s: nothing on the console" % name, not opened.console, "; ".join(opened.console)[:300])
    report("%s: nothing is fetched" % name, opened.requests == [file.as_uri()], str(opened.requests))
    report("%s: no dialog" % name, not opened.dialogs)
    report("%s: the policy lets no other script run" % name, opened.run(
        "() => { window.ran = 0; const made = document.createElement('script');"
        " made.textContent = 'window.ran = 1'; document.body.append(made); return window.ran; }") == 0)
    report("%s: the policy lets nothing be fetched" % name, opened.run(
        "() => fetch('data:text/plain,x').then(() => false, () => true)"))
    opened.close()


def check_windows(browser, name, file, report, shots):
    opened = Opened(browser, file)
    for scheme in ("light", "dark"):
        for width in (1360, 700, 360):
            opened.page.emulate_media(color_scheme=scheme)
            opened.page.set_viewport_size({"width": width, "height": 800})
            opened.frames(4)
            wide = opened.run("() => document.documentElement.scrollWidth - innerWidth")
            report("%s: no sideways scroll, %s, %d wide" % (name, scheme, width), wide <= 0, str(wide))
            drawn = opened.run("() => { const c = document.getElementById('timeline');"
                               " return c.getContext('2d').getImageData(0, 0, c.width, c.height)"
                               ".data.some(value => value !== 0); }")
            report("%s: the timeline is drawn, %s, %d wide" % (name, scheme, width), drawn)
            if shots:
                pathlib.Path(shots).mkdir(exist_ok=True)
                opened.page.screenshot(path="%s/%s-%s-%d.png" % (shots, name, scheme, width),
                                       full_page=name != "hostile")
    opened.close()


def check_timeless(browser, file, empty, report):
    opened = Opened(browser, file, address="#e3")
    opened.frames(3)
    report("timeless: laid out by order", "by order" in opened.text("#view-words"))
    report("timeless: no time is made up", "no time of its own" in opened.text("#detail-body"))
    opened.close()
    opened = Opened(browser, empty)
    opened.frames(3)
    report("empty: that there is nothing is said", opened.page.is_visible("#nothing")
           and opened.text("#headline") == "No account of this run.")
    opened.page.keyboard.press("j")
    opened.page.keyboard.press("f")
    report("empty: nothing on the console", not opened.console, "; ".join(opened.console)[:300])
    opened.close()


def check_tree(browser, file, report):
    opened = Opened(browser, file)
    badges = opened.text("#badges")
    report("tree: the badges tell the worst", "stop: intervened" in badges
           and "not clean: detached-armed" in badges, badges)
    report("tree: a line for each task", opened.run(
        "() => document.querySelectorAll('.tasks tbody tr').length") == 2)
    report("tree: a task that was refused has its reason", "EPERM" in opened.text("#explanation"))
    opened.page.click(".tasks button >> nth=1")
    opened.frames()
    report("tree: a task leads to its events", rows(opened) == 10, str(rows(opened)))
    report("tree: nothing on the console", not opened.console, "; ".join(opened.console)[:300])
    opened.close()


def check_hostile_text(browser, file, report):
    opened = Opened(browser, file)
    counted = opened.run("() => document.querySelectorAll('img, svg, iframe, object, embed, b > i,"
                         " link, base, form, [onload], [onerror]').length")
    report("hostile: text makes no elements", counted == 0, str(counted))
    report("hostile: scripts are the four of the page",
           opened.run("() => document.querySelectorAll('script').length") == 4)
    outside = opened.run("() => [...document.querySelectorAll('a')].filter(a =>"
                         " !/^#(e[0-9]+|table)?$/.test(a.getAttribute('href'))).length")
    report("hostile: links point into the page only", outside == 0, str(outside))
    report("hostile: the headline is cut and is the text", opened.text("#headline").lower()
           .startswith(cases.HOSTILE[0]) and len(opened.text("#headline")) < 1000)
    for sign in ("\u202e", "\u2066", "\u001b", "\u2028"):
        report("hostile: U+%04X is shown by its number" % ord(sign),
               sign not in opened.run("() => document.body.innerText"))
    for number in range(1, len(cases.HOSTILE) + 3):
        opened.run("number => { location.hash = '#e' + number; }", number)
        opened.page.wait_for_function(
            "number => document.getElementById('detail-title').textContent.startsWith('#' + number + ' ')",
            arg=number)
        if number <= len(cases.HOSTILE):
            clock = "%d ns" % (cases.START + number)
            report("hostile: the clock of event %d is exact" % number,
                   clock in opened.text("#detail-body"), opened.text("#detail-body")[:200])
    opened.page.fill("#search", "e" + "\u202e" + "<script>")
    opened.frames()
    opened.run("() => { location.hash = '#e%d'; }" % (len(cases.HOSTILE) + 1))
    opened.page.click("text=show all 1,048,576 characters >> nth=0")
    opened.frames()
    report("hostile: a text of 1 MB is shown when asked for",
           opened.run("() => document.getElementById('detail').textContent.length") > 1 << 20)
    report("hostile: nothing on the console, no dialog after all that",
           not opened.console and not opened.dialogs, "; ".join(opened.console)[:300])
    opened.close()


def chosen(opened):
    return opened.run("() => { const row = document.querySelector('.row.chosen');"
                      " return row ? Number(row.dataset.number) : null; }")


def check_work(browser, name, file, report):
    opened = Opened(browser, file)
    links = opened.page.query_selector_all(".evidence a")
    if links:
        wanted = int(links[-1].get_attribute("href")[2:])
        links[-1].click()
        opened.frames(4)
        report("%s: a link of the evidence chooses its event" % name, chosen(opened) == wanted,
               "%s, not %s" % (chosen(opened), wanted))
        report("%s: its row is in view" % name, opened.run(
            "() => { const r = document.querySelector('.row.chosen').getBoundingClientRect();"
            " return r.top >= 0 && r.bottom <= innerHeight; }"))
        report("%s: its detail is open, its address is there" % name,
               opened.text("#detail-title").startswith("#%d " % wanted)
               and opened.page.url.endswith("#e%d" % wanted))
        again = Opened(browser, file, address="#e%d" % wanted)
        again.frames(4)
        report("%s: a link from elsewhere chooses the event" % name, chosen(again) == wanted)
        again.close()
    check_keys(opened, name, report)
    check_search(opened, name, report)
    check_timeline(opened, name, report)
    report("%s: nothing on the console after all that" % name, not opened.console,
           "; ".join(opened.console)[:300])
    opened.close()


def rows(opened):
    return int(opened.page.get_attribute("#table", "aria-rowcount")) - 1


def check_keys(opened, name, report):
    press = opened.page.keyboard.press
    opened.page.focus("#table")
    press("Home")
    opened.frames()
    first = chosen(opened)
    press("j")
    press("ArrowDown")
    opened.frames()
    after = opened.run("() => document.querySelector('.row.chosen').getAttribute('aria-rowindex')")
    report("%s: j and an arrow go on by one each" % name, after == "4", after)
    press("k")
    press("k")
    opened.frames()
    report("%s: k goes back" % name, chosen(opened) == first)
    press("Escape")
    report("%s: Escape closes the detail" % name, not opened.page.is_visible("#detail"))
    press("Enter")
    report("%s: Enter opens the detail" % name, opened.page.is_visible("#detail"))
    active = opened.page.get_attribute("#table", "aria-activedescendant")
    report("%s: the active row has a name" % name, active == "row-%d" % first, str(active))
    press("?")
    report("%s: ? shows the keys" % name, opened.page.is_visible("#keys"))
    press("Escape")
    report("%s: Escape closes the keys alone" % name,
           not opened.page.is_visible("#keys") and opened.page.is_visible("#detail"))
    press("/")
    report("%s: / goes to the search" % name,
           opened.run("() => document.activeElement.id") == "search")
    press("j")
    report("%s: a letter in the search is a letter" % name, opened.page.input_value("#search") == "j")


def check_search(opened, name, report):
    opened.page.click("#clear")
    every = rows(opened)
    kinds = opened.run("() => [...document.querySelectorAll('#only-kind option')].slice(1)"
                       ".map(option => option.textContent)")
    for kind in kinds[:4]:
        word, count = kind.rsplit(" ", 1)
        opened.page.fill("#search", "kind:" + word)
        opened.frames()
        counted = int(count.strip("()"))
        # A kind may have the name of a group, which holds more.
        report("%s: kind:%s narrows the table" % (name, word), counted <= rows(opened) <= every,
               "%d, not %d" % (rows(opened), counted))
        opened.page.fill("#search", "-kind:" + word)
        opened.frames()
        report("%s: -kind:%s has the others" % (name, word), rows(opened) <= every - counted)
    opened.page.fill("#search", "no event has this text")
    opened.frames()
    report("%s: nothing found is said" % name, rows(opened) == 0 and opened.page.is_visible("#nothing"))
    links = opened.page.query_selector_all(".evidence a")
    if links:
        links[0].click()
        opened.frames(4)
        report("%s: a link to an event that is not shown ends the search" % name,
               rows(opened) == every and chosen(opened) is not None)
    opened.page.click("#clear")


def check_timeline(opened, name, report):
    words = lambda: opened.text("#view-words")
    opened.page.click("#fit")
    opened.frames()
    fitted = words()
    opened.page.focus("#timeline")
    opened.page.keyboard.press("+")
    opened.frames()
    report("%s: + zooms in" % name, words() != fitted)
    opened.page.keyboard.press("0")
    opened.frames()
    report("%s: 0 shows all again" % name, words() == fitted)
    opened.page.hover("#timeline", position={"x": 600, "y": 30})
    opened.page.wait_for_timeout(400)
    opened.page.mouse.wheel(0, -200)
    opened.frames(4)
    report("%s: the wheel zooms in" % name, words() != fitted)
    opened.page.keyboard.press("o")
    opened.frames()
    if opened.run("() => document.getElementById('by-order').getAttribute('aria-pressed')") == "true":
        report("%s: o lays out by order" % name, "steps" in words())
        opened.page.keyboard.press("o")
    before = opened.run("() => getComputedStyle(document.body).backgroundColor")
    for _ in range(2):
        opened.page.click("#theme")
    report("%s: the button changes the theme" % name,
           opened.run("() => getComputedStyle(document.body).backgroundColor") != before)


def check_print(browser, file, report):
    opened = Opened(browser, file)
    opened.run("() => dispatchEvent(new Event('beforeprint'))")
    printed = opened.run("() => document.querySelectorAll('#table-print .row').length")
    left = opened.text("#table-print p")
    report("long: 3,000 rows are printed, and the rest is told",
           printed == 3000 and left.startswith("7,000 more"), "%s, %s" % (printed, left))
    opened.run("() => dispatchEvent(new Event('afterprint'))")
    report("long: nothing is left of the print",
           opened.run("() => document.querySelectorAll('#table-print .row').length") == 0)
    opened.close()


def measure(browser, file, report):
    """Times of a long run. What is judged is processor time of the page's thread."""
    opened = Opened(browser, file)
    session = opened.context.new_cdp_session(opened.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Page.reload")
    opened.page.wait_for_timeout(500)
    opened.page.wait_for_selector("body.ready")
    opened.frames(3)
    spent = lambda: {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    ready = opened.run("() => performance.getEntriesByName('fini-trace-ready')[0].startTime")
    load = spent()["TaskDuration"] * 1000
    print("long: ready %.0f ms after the load began, %.0f ms of processor time" % (ready, load))
    report("long: %.0f ms of processor time until ready at most" % MOST_LOAD_MS, load <= MOST_LOAD_MS)
    measures = {
        "scrolling the table": "n => { document.getElementById('table-body').scrollTop = n * 240; }",
        "a jump in the table": "n => { document.getElementById('table-body').scrollTop = (n * 7919) % 250000; }",
        "zooming the timeline": "n => document.getElementById(n % 40 < 20 ? 'zoom-in' : 'zoom-out').click()",
        "typing a search": "n => { const s = document.getElementById('search');"
                           " s.value = n % 2 ? 'kind:signal' : 'usr1'; s.dispatchEvent(new Event('input')); }",
    }
    for what, act in measures.items():
        before = spent()
        times = opened.run(
            "count => new Promise(done => { const act = (%s); const times = [];"
            " let last = performance.now(); let n = 0; const next = () => {"
            " const now = performance.now(); times.push(now - last); last = now;"
            " if (n >= count) { done(times.slice(1)); return; } act(n); n += 1;"
            " requestAnimationFrame(next); }; requestAnimationFrame(next); })" % act, 60)
        after = spent()
        parts = {part: (after[part] - before[part]) * 1000 / len(times)
                 for part in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")}
        each = parts["TaskDuration"]
        times.sort()
        print("long: %s: %.1f ms of processor time a frame (scripts %.1f, layout %.1f, style %.1f);"
              " frames %.1f ms in the middle, %.1f ms at 95%%"
              % (what, *parts.values(), times[len(times) // 2], times[len(times) * 95 // 100]), flush=True)
        if what in ("scrolling the table", "zooming the timeline"):
            report("long: %s takes %.0f ms a frame at most" % (what, MOST_FRAME_MS), each <= MOST_FRAME_MS)
    opened.close()
