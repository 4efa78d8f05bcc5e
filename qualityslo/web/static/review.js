// The reviewer's page by keyboard: choices, marks, search, autosave, hold. Without this script the
// same form works by its buttons. Untrusted text is only ever read, and written as text.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = $("#form"), state = $("#state"), marker = $("#marker"), keys = $("#keys");
  const box = $("#find"), found = $("#found"), context = $("#context");
  const questions = $$(".ask");
  const canPaint = "highlights" in CSS;
  const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour12: false });
  document.documentElement.classList.add("js");
  $$(".with-script").forEach((one) => { one.hidden = false; });
  if (/Mac|iPhone|iPad/.test(navigator.platform)) $(".mod").textContent = "Cmd";

  // -- the time that the page was looked at
  let since = performance.now(), looked = 0;
  const ms = () => Math.round(looked + (document.hidden ? 0 : performance.now() - since));

  // -- drafts: "saved" is said when the server has said it
  let version = 0, saved = 0, sending = false, lost = false, leaving = false, timer = 0;
  const say = (text, bad = false) => { state.textContent = text; state.classList.toggle("bad", bad); };
  const body = () => { form.elements.ms.value = ms(); return new URLSearchParams(new FormData(form)); };
  const post = (path, content) => fetch(path, { method: "POST", body: content, redirect: "error" });
  const lose = () => { lost = true; $("#lost").hidden = false; say("not saved", true); };
  async function save() {
    if (sending || lost || leaving || version === saved) return;
    const sent = version;
    sending = true;
    say("saving…");
    try {
      const reply = await post("/review/draft", body());
      if (reply.status === 409 || reply.status === 404) return lose();
      if (reply.status === 401 || reply.status === 403) {
        return say("not saved: you are signed out; come in again in another tab, then submit", true);
      }
      if (!reply.ok) throw new Error(reply.status);
      const answer = await reply.json();
      saved = sent;
      say(answer.faults.length ? answer.faults.join(" ") : `saved ${clock(answer.saved)}`, answer.faults.length > 0);
    } catch {
      say("not saved yet, trying again", true);
      later(4000);
    } finally {
      sending = false;
    }
    if (!lost && version !== sent) later(400);
  }
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };
  const changed = () => { version += 1; if (!lost) say("not saved yet"); later(500); };
  form.addEventListener("input", (event) => { if (event.target !== box) changed(); });
  addEventListener("beforeunload", (event) => { if (version !== saved && !leaving) event.preventDefault(); });
  form.addEventListener("submit", (event) => {
    const pressed = event.submitter;
    if (leaving) return event.preventDefault();  // a second press hands nothing in twice
    if (pressed && pressed.value === "submit") {
      const empty = questions.find((one) => !$(":checked", one));
      if (empty) { event.preventDefault(); activate(empty, true); return say("answer every question first", true); }
    }
    form.elements.ms.value = ms();
    leaving = true;
    clearTimeout(timer);
  });
  addEventListener("pageshow", () => { leaving = false; });

  // -- the hold on the item, kept while somebody looks
  async function beat() {
    if (document.hidden || lost || leaving) return;
    const content = new URLSearchParams({ csrf: form.elements.csrf.value, lease: form.elements.lease.value });
    try {
      const reply = await post("/review/beat", content);
      if (reply.status === 409) return lose();
      if (reply.ok) until((await reply.json()).left);
    } catch { /* the next beat tries again; drafts say whether they are saved */ }
  }
  const until = (left) => {
    $("#until").textContent = new Date(Date.now() + 1000 * left).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  };
  until(Number(form.dataset.left));
  setInterval(beat, 1000 * Number(form.dataset.beat));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      looked += performance.now() - since;
      if (version !== saved && !lost && !leaving) navigator.sendBeacon("/review/draft", body());
    } else {
      since = performance.now();
      beat();
    }
  });

  // -- texts: offsets are those of the stored text in UTF-16 units, so a token counts what it stands for
  const units = (token) => Number(token.dataset.u);
  function flatten(root) {
    const spots = [];
    let text = "";
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) {
        spots.push({ node, start: text.length, end: text.length + node.length });
        text += node.data;
      } else if (node.dataset && node.dataset.u) {
        spots.push({ node, start: text.length, end: text.length + units(node), token: true });
        text += "￼".repeat(units(node));
      } else node.childNodes.forEach(walk);
    };
    walk(root);
    return { text, spots };
  }
  function rangeOf(flat, start, end) {
    const range = new Range();
    const at = (place, last) => flat.spots.find((one) => (last ? place <= one.end && place > one.start : place < one.end && place >= one.start));
    const first = at(start, false), last = at(end, true);
    if (!first || !last) return null;
    if (first.token) range.setStartBefore(first.node); else range.setStart(first.node, start - first.start);
    if (last.token) range.setEndAfter(last.node); else range.setEnd(last.node, end - last.start);
    return range;
  }
  function offsetOf(root, node, offset) {
    const range = new Range();
    range.selectNodeContents(root);
    range.setEnd(node, offset);
    return flatten(range.cloneContents()).text.length;
  }
  const paint = (name, ranges) => { if (canPaint) CSS.highlights.set(name, new Highlight(...ranges)); };
  const unwrap = (root) => {
    $$("mark", root).forEach((one) => one.replaceWith(...one.childNodes));
    root.normalize();
  };

  // -- search: the phrase, else its telling words; the server's `find` does the same
  let places = [], here = -1;
  const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  function matches(text, query) {
    const words = query.slice(0, 400).split(/\s+/u).filter(Boolean);
    if (!words.length) return [];
    const all = (pattern) => [...text.matchAll(new RegExp(pattern, "giu"))].slice(0, 200);
    const whole = all(words.map(escaped).join("\\s+"));
    if (whole.length) return whole;
    const bare = words.map((one) => one.replace(/^[^\p{L}\p{N}_]+|[^\p{L}\p{N}_]+$/gu, ""));
    const telling = [...new Set(bare)].filter((one) => [...one].length > 3 || /\p{Nd}/u.test(one));
    telling.sort((a, b) => b.length - a.length);
    if (!telling.length) return [];
    return all(`(?<![\\p{L}\\p{N}_])(?:${telling.map(escaped).join("|")})(?![\\p{L}\\p{N}_])`);
  }
  function look(query) {
    if (!context || !canPaint) return;
    places = $$(".searched", context).flatMap((text) => {
      const flat = flatten(text);
      return matches(flat.text, query).map((one) => rangeOf(flat, one.index, one.index + one[0].length)).filter(Boolean);
    });
    here = -1;
    paint("found", places);
    paint("here", []);
    found.textContent = query.trim() ? `${places.length} ${places.length === 1 ? "place" : "places"}` : "";
    if (places.length) show(places[0]);
  }
  function show(range) {
    const at = range.getBoundingClientRect(), frame = context.getBoundingClientRect();
    if (at.top < frame.top || at.bottom > frame.bottom) context.scrollTop += at.top - frame.top - frame.height / 3;
  }
  function step(by) {
    if (!places.length) return;
    here = (here + by + places.length) % places.length;
    paint("here", [places[here]]);
    found.textContent = `${here + 1} of ${places.length}`;
    show(places[here]);
  }
  if (box && canPaint) {
    $$(".searched").forEach(unwrap);
    box.addEventListener("input", () => look(box.value));
    if (box.value) look(box.value);
  }

  // -- marks: of pieces that are selected in an answer
  let piece = null;
  function repaint() {
    const ranges = { unsupported: [], contradicted: [] };
    $$('input[name="mark"]').forEach((one) => {
      const [name, kind, start, end] = one.value.split(":");
      const text = $(`[data-text="a${name.split(".")[0]}"]`);
      if (!text) return;
      const before = Number(text.dataset.units), flat = flatten(text);
      const from = Math.max(Number(start) - before, 0), to = Math.min(Number(end) - before, flat.text.length);
      const range = from < to ? rangeOf(flat, from, to) : null;
      if (range) ranges[kind].push(range);
    });
    Object.entries(ranges).forEach(([kind, some]) => paint(kind, some));
  }
  function select() {
    const chosen = getSelection(), before = piece;
    piece = null;
    if (chosen.rangeCount && !chosen.isCollapsed) {
      const range = chosen.getRangeAt(0);
      const text = $$(".judged").find((one) => one.contains(range.startContainer) && one.contains(range.endContainer));
      const quote = chosen.toString();
      if (text && quote.trim()) {
        const earlier = Number(text.dataset.units);
        const all = flatten(text).text;
        let start = offsetOf(text, range.startContainer, range.startOffset);
        let end = offsetOf(text, range.endContainer, range.endOffset);
        while (start < end && /\s/u.test(all[start])) start += 1;
        while (start < end && /\s/u.test(all[end - 1])) end -= 1;
        if (start < end) piece = { arm: text.dataset.text, start: earlier + start, end: earlier + end, quote };
      }
    }
    marker.hidden = !piece;
    if (piece) offer();
    if (piece || before) look(piece ? piece.quote : box ? box.value : "");
  }
  function offer() {
    const about = $("#marker-about"), mine = questions.filter((one) => one.dataset.arm === piece.arm);
    about.replaceChildren(...mine.map((one) => new Option(one.dataset.criterion, one.dataset.q)));
    if (mine.includes(active)) about.value = active.dataset.q;
    const title = $(`#h-${piece.arm}`).textContent;
    $("#marker-where").textContent = mine.length > 1 ? `${title}, ` : `${title}, ${mine[0].dataset.criterion}`;
    about.hidden = mine.length < 2;
  }
  function mark(kind) {
    if (!piece) {  // nothing is selected: it can be typed
      $("#piece").open = true;
      return $("#quote").focus();
    }
    const name = $("#marker-about").value;
    const question = questions.find((one) => one.dataset.q === name);
    const item = document.createElement("li"), field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "mark", value: `${name}:${kind}:${piece.start}:${piece.end}` });
    const word = document.createElement("span"), quote = document.createElement("q"), button = document.createElement("button");
    word.className = `swatch ${kind}`;
    word.textContent = kind;
    quote.dir = "auto";
    quote.textContent = piece.quote.trim().slice(0, 200);
    Object.assign(button, { className: "quiet", name: "unmark", value: field.value, textContent: "Remove" });
    item.append(field, word, " ", quote, " ", button);
    if (!$$('input[name="mark"]').some((one) => one.value === field.value)) $(".marks", question).append(item);
    getSelection().removeAllRanges();
    piece = null;
    marker.hidden = true;
    look(box ? box.value : "");
    repaint();
    changed();
  }
  if (canPaint) {
    $$(".judged").forEach(unwrap);
    repaint();
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="unmark"]');
    if (!button) return;
    event.preventDefault();
    button.closest("li").remove();
    repaint();
    changed();
  });
  let selecting = 0;
  document.addEventListener("selectionchange", () => {
    const focus = document.activeElement;
    if (marker.contains(focus) || (focus && focus.matches("input:not([type=radio]):not([type=checkbox]), textarea"))) return;
    clearTimeout(selecting);
    selecting = setTimeout(select, 120);
  });
  marker.addEventListener("pointerdown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
  marker.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) mark(button.dataset.kind);
  });

  // -- questions: one of them is active, and its choice goes on to the next one that is empty
  let active = null;
  function activate(question, focus = false) {
    active = question;
    questions.forEach((one) => one.classList.toggle("active", one === question));
    $$(".answer").forEach((one) => one.classList.toggle("current", $$(".answer").length > 1 && !!$(`[data-text="${question.dataset.arm}"]`, one)));
    if (focus) ($(":checked", question) || $("input[type=radio]", question)).focus();
    if (focus) question.scrollIntoView({ block: "nearest" });
  }
  function choose(index) {
    const choice = $$("input[type=radio]", active)[index];
    if (!choice) return;
    choice.checked = true;
    active.classList.remove("wanting");
    changed();
    const at = questions.indexOf(active);
    const next = [...questions.slice(at + 1), ...questions.slice(0, at)].find((one) => !$(":checked", one));
    if (next) activate(next, true); else $("#submit").focus();
  }
  const move = (by) => activate(questions[(questions.indexOf(active) + by + questions.length) % questions.length], true);
  questions.forEach((one) => one.addEventListener("focusin", () => activate(one)));
  form.addEventListener("change", (event) => { const one = event.target.closest(".ask"); if (one) one.classList.remove("wanting"); });
  activate(questions.find((one) => one.classList.contains("wanting")) || questions.find((one) => !$(":checked", one)) || questions[0]);

  // -- keys: never while typing
  const typing = (target) => target.matches("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])");
  const guide = $("#guide"), skip = $("#skip");
  const remember = (open) => { try { localStorage.setItem("qualityslo-guide", open ? "1" : "0"); } catch { /* private */ } };
  try { if (localStorage.getItem("qualityslo-guide") === "0") guide.open = false; } catch { /* private */ }
  guide.addEventListener("toggle", () => remember(guide.open));
  const press = (id) => { const one = $(id); if (one) one.click(); };
  const go = (one) => { one.focus(); one.scrollIntoView({ block: "nearest" }); };
  const actions = {
    u: () => choose(2), j: () => move(1), k: () => move(-1), z: () => press("#undo"),
    s: () => { skip.open = true; go($("input[type=radio]", skip)); },
    f: () => { form.elements.flag.click(); },
    h: () => mark("unsupported"), c: () => mark("contradicted"),
    g: () => { guide.open = !guide.open; if (guide.open) guide.scrollIntoView({ block: "nearest" }); },
    t: () => go($("#note")), "/": () => box && go(box), n: () => step(1), p: () => step(-1),
    "?": () => keys.showModal(),
  };
  for (let digit = 1; digit < 10; digit += 1) actions[digit] = () => choose(digit - 1);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || keys.open) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!event.repeat) form.requestSubmit($("#submit"));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.repeat) return;
    if (event.key === "Escape" && typing(event.target)) {
      event.preventDefault();  // a search field would be emptied
      return event.target.blur();
    }
    if (typing(event.target) || !Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });
  $("#keys-open").addEventListener("click", () => keys.showModal());
})();
