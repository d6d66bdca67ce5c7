# SPDX-License-Identifier: BSD-3-Clause
"""Chromium by chromedriver, whose protocol (W3C WebDriver) is JSON over HTTP; nothing but Python is needed for it."""
import base64, contextlib, http.client, json, os, pathlib, shutil, signal, socket, subprocess, tempfile, time

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SECONDS = 60  # that a condition may take
KEYS = {"Escape": "\ue00c", "Enter": "\ue007", "ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Shift": "\ue008",
        "Tab": "\ue004"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(condition, what=""):
    """Its value, as soon as it has one."""
    end = time.monotonic() + SECONDS
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {SECONDS} s: {what or condition}")
        time.sleep(0.02)


class Browser:
    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="tstat-browser-")
        self.port = free_port()
        self.driver = subprocess.Popen([DRIVER, f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=os.environ | {"HOME": self.home, "TZ": "UTC"}, start_new_session=True)
        self.session = ""
        until(lambda: self.answers(), "chromedriver")
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                     "--force-color-profile=srgb", f"--user-data-dir={self.home}/profile"]
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments}}}})
        self.session = f"/session/{made['sessionId']}"
        self.width = None

    def answers(self):
        try:
            return self.call("GET", "/status")["ready"]
        except OSError:
            return False

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(answer, dict) and "error" in answer and "stacktrace" in answer:
            raise AssertionError(f"{path}: {answer['error']}: {answer['message']}")
        return answer

    def quit(self):
        try:
            self.call("DELETE", self.session)
        finally:
            os.killpg(self.driver.pid, signal.SIGTERM)
            self.driver.wait(10)
            shutil.rmtree(self.home, ignore_errors=True)

    def command(self, path, **body):
        return self.call("POST", self.session + path, body)

    def cdp(self, name, **parameters):
        return self.command("/goog/cdp/execute", cmd=name, params=parameters)

    def go(self, address):
        self.command("/url", url=address)

    def address(self):
        return self.call("GET", self.session + "/url")

    def js(self, text, *args):
        """The value of an expression, which may use arguments[i]."""
        return self.command("/execute/sync", script=f"return {text}", args=args)

    def later(self, text, *args):
        """The value of a promise."""
        return self.command("/execute/async", args=args, script="const done = arguments[arguments.length - 1];"
                            f"Promise.resolve({text}).then(done, (error) => done(String(error)))")

    def element(self, css):
        return self.command("/element", using="css selector", value=css)

    def link(self, text):
        return self.command("/element", using="link text", value=text)

    def click(self, found):
        found = self.element(found) if isinstance(found, str) else found
        self.command(f"/element/{found[ELEMENT]}/click")

    def write(self, css, text):
        found = self.element(css)[ELEMENT]
        self.command(f"/element/{found}/clear")
        self.command(f"/element/{found}/value", text=text)

    def press(self, *keys, shift=False):
        steps = [step for key in keys for step in ({"type": "keyDown", "value": KEYS.get(key, key)},
                                                   {"type": "keyUp", "value": KEYS.get(key, key)})]
        if shift:
            steps = [{"type": "keyDown", "value": KEYS["Shift"]}, *steps, {"type": "keyUp", "value": KEYS["Shift"]}]
        self.command("/actions", actions=[{"type": "key", "id": "keys", "actions": steps}])

    def pointer(self, *steps, kind="mouse", shift=False):
        """Steps: (x, y) moves there, "down", "up"."""
        actions = [{"type": "pointerMove", "duration": 0, "x": round(s[0]), "y": round(s[1])} if isinstance(s, tuple) else
                   {"type": "pointerDown" if s == "down" else "pointerUp", "button": 0} for s in steps]
        sources = [{"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": actions}]
        if shift:
            pauses = [{"type": "pause"}] * (len(actions) - 1)
            sources.append({"type": "key", "id": "keys", "actions": [{"type": "keyDown", "value": KEYS["Shift"]}, *pauses]})
        self.command("/actions", actions=sources)
        self.call("DELETE", self.session + "/actions")

    def messages(self):
        """What the console has said since the last call."""
        return [entry["message"] for entry in self.command("/se/log", type="browser")]

    @contextlib.contextmanager
    def beginning(self, text):
        """A script that runs before those of each page."""
        made = self.cdp("Page.addScriptToEvaluateOnNewDocument", source=text)
        try:
            yield
        finally:
            self.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=made["identifier"])

    def size(self, width, height=900):
        # Not the window's: Chromium has none that is narrower than 500 pixels.
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def screen(self, width, height=900, dark=False, script=True):
        self.size(width, height)
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.cdp("Emulation.setScriptExecutionDisabled", value=not script)

    def picture(self, path, height):
        """Of the page down to that height."""
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": self.js("innerWidth"), "height": height, "scale": 1})
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))
