"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const findings = data.findings;
  const pages = JSON.parse(document.getElementById("pages").textContent);
  const CHUNK = 100;
  const NONE = "(none)";
  const $ = (id) => document.getElementById(id);
  // Text of the project is added only through this function, as a text node, so it cannot become markup.
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const stateOf = (finding) => (finding.settled ? "settled" : finding.level);
  const valueOf = {
    level: stateOf,
    rule: (finding) => finding.rule,
    library: (finding) => finding.library || NONE,
    file: (finding) => finding.path,
  };
  const searchTexts = findings.map((finding) =>
    [finding.path, finding.rule, finding.what, finding.todo, finding.function, finding.code && finding.code.marked]
      .join("\n").toLowerCase());

  for (const name of Object.keys(valueOf)) {
    const counts = new Map();
    for (const finding of findings) {
      const value = valueOf[name](finding);
      counts.set(value, (counts.get(value) || 0) + 1);
    }
    const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    for (const [value, count] of sorted) {
      const option = make("option", "", `${value} (${count})`);
      option.value = value;
      $(name).append(option);
    }
  }

  let shown = [];
  let built = 0;

  function filter() {
    const text = $("text").value.trim().toLowerCase();
    const filters = Object.keys(valueOf).map((name) => [valueOf[name], $(name).value]).filter(([, value]) => value);
    shown = findings.map((_, at) => at).filter((at) =>
      filters.every(([get, value]) => get(findings[at]) === value) && (!text || searchTexts[at].includes(text)));
    built = 0;
    $("list").replaceChildren();
    $("count").textContent = `${shown.length.toLocaleString("en")} of ${findings.length.toLocaleString("en")} findings`;
    grow();
  }

  function grow() {
    const rows = document.createDocumentFragment();
    const end = Math.min(built + CHUNK, shown.length);
    for (; built < end; built++) rows.append(row(shown[built]));
    $("list").append(rows);
    $("more").hidden = built >= shown.length;
  }

  function row(at) {
    const finding = findings[at];
    const details = make("details", "finding");
    details.dataset.at = at;
    const summary = make("summary");
    const label = make("span");
    label.append(make("span", `badge ${stateOf(finding)}`, stateOf(finding)));
    const what = make("span", "what");
    prose(what, finding.what);
    if (!finding.what.includes(finding.rule)) what.append(" ", make("span", "rule code", finding.rule));
    const line = finding.line ? `:${finding.line}` : "";
    summary.append(label, what, make("span", "place code", finding.path + line));
    details.append(summary);
    details.addEventListener("toggle", () => fill(details));
    return details;
  }

  // The body of a finding is built when the finding is opened for the first time.
  function fill(details) {
    if (details.open && !details.querySelector(".body")) details.append(body(findings[details.dataset.at]));
  }

  // Adds `text` to `node`, with the parts between backticks as code.
  function prose(node, text) {
    text.split("`").forEach((part, at) => node.append(at % 2 ? make("code", "", part) : part));
  }

  function body(finding) {
    const node = make("div", "body");
    const list = make("dl");
    const settled = finding.settled && `${finding.settled}: needs no person any more`;
    const parts = [["why", finding.why], ["to do", finding.todo], ["assumption", finding.assumption],
      ["function", finding.function && "`" + finding.function + "`"], ["settled", settled],
      ["also", finding.also.map((other) => (other.line ? `${other.path}:${other.line}` : other.path)).join(", ")]];
    for (const [title, text] of parts.filter(([, text]) => text)) {
      const value = make("dd");
      prose(value, text);
      list.append(make("dt", "", title), value);
    }
    node.append(list);
    if (finding.changes.length) {
      for (const change of finding.changes) node.append(diff(change));
    } else if (finding.code) {
      const { before, marked, behind } = finding.code;
      const code = make("pre");
      paint(code, before);
      const mark = make("mark");
      paint(mark, marked);
      code.append(mark);
      paint(code, behind);
      node.append(code);
    }
    const links = make("p", "links");
    const link = make("a", "", "link to this finding");
    link.href = "#" + new URLSearchParams({ file: finding.path, key: finding.key });
    links.append(link);
    if (pages[finding.rule]) {
      const page = make("a", "", `documentation of ${finding.rule}`);
      page.href = pages[finding.rule];
      links.append(page);
    }
    node.append(links);
    return node;
  }

  const KEYWORDS = new Set(("auto bool break case char class const constexpr continue default delete do double else enum " +
    "explicit extern false float for goto if inline int long namespace new nullptr operator private public return short " +
    "signed sizeof static struct switch template this true typedef typename union unsigned using void volatile while " +
    "asm __asm__ __global__ __device__ __host__ __shared__ __constant__ __restrict__ __launch_bounds__ __forceinline__").split(" "));
  const TOKEN = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*|\d[\w.]*|\s+|[^]/g;
  const tokens = (text) => text.match(TOKEN) || [];

  function kind(token) {
    if (token.startsWith("//") || token.startsWith("/*")) return "t-c";
    if (/^["']./.test(token)) return "t-s";
    if (/^\d/.test(token)) return "t-n";
    return KEYWORDS.has(token) ? "t-k" : "";
  }

  function paint(node, text) {
    for (const token of tokens(text)) paintOne(node, token);
  }

  function paintOne(node, token) {
    const name = kind(token);
    node.append(name ? make("span", name, token) : token);
  }

  // The longest common subsequence of `a` and `b`, as pairs of indexes. Empty if `a` and `b` are too long to compare.
  function common(a, b) {
    if (a.length * b.length > 250000) return [];
    const width = b.length + 1;
    const best = new Uint32Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      }
    }
    const pairs = [];
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
      if (a[i] === b[j]) pairs.push([i++, j++]);
      else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++;
      else j++;
    }
    return pairs;
  }

  function diff(change) {
    const before = change.before.split(/\r?\n/);
    const after = change.after === "" ? [] : change.after.split(/\r?\n/);
    const node = make("div", "diff");
    node.append(make("div", "title", "CUDA"), make("div", "title", change.applied ? "HIP" : "HIP, not applied"));
    let i = 0;
    let j = 0;
    const pairs = common(before, after);
    pairs.push([before.length, after.length]);
    for (const [keptBefore, keptAfter] of pairs) {
      while (i < keptBefore || j < keptAfter) {
        const old = i < keptBefore ? before[i] : undefined;
        const fresh = j < keptAfter ? after[j] : undefined;
        line(node, change.line, old === undefined ? undefined : i++, old, fresh === undefined ? undefined : j++, fresh);
      }
      if (i < before.length) line(node, change.line, i++, before[keptBefore], j++, after[keptAfter], true);
    }
    return node;
  }

  function line(node, first, i, old, j, fresh, same) {
    const [left, right] = [old || "", fresh || ""].map(tokens);
    const kept = same || old === undefined || fresh === undefined ? [] : common(left, right);
    const side = (at, text, words, keptPlaces, name, tag) => {
      const state = text === undefined ? "empty" : same ? "" : name;
      const cell = make("div", `text ${state}`);
      for (const [place, word] of words.entries()) {
        const changed = !same && old !== undefined && fresh !== undefined && !keptPlaces.has(place);
        const target = changed ? cell.appendChild(make(tag)) : cell;
        paintOne(target, word);
      }
      node.append(make("div", `no ${state}`, at === undefined ? "" : String(first + at)), cell);
    };
    side(i, old, left, new Set(kept.map(([place]) => place)), "del", "del");
    side(j, fresh, right, new Set(kept.map(([, place]) => place)), "add", "ins");
  }

  // Sets a filter. If no finding has the value, an option with that value is added, so that the list is empty, not complete.
  function set(field, value) {
    field.value = value;
    if (field.value === value) return;
    const option = make("option", "", `${value} (0)`);
    option.value = value;
    field.append(option);
    field.value = value;
  }

  // The URL contains the filters, so a link shows the same findings to another person.
  const NAMES = [...Object.keys(valueOf), "text"];
  function read() {
    const params = new URLSearchParams(location.hash.slice(1));
    for (const name of NAMES) set($(name), params.get(name) || "");
    filter();
    const key = params.get("key");
    const at = key ? shown.findIndex((place) => findings[place].key === key) : -1;
    if (at >= 0) {
      while (built <= at) grow();
      const details = $("list").children[at];
      details.open = true;
      fill(details);
      details.querySelector("summary").focus();
    } else if ([...params.keys()].length) {
      $("findings").scrollIntoView();
    }
  }

  function write() {
    const params = new URLSearchParams();
    for (const name of NAMES) if ($(name).value) params.set(name, $(name).value);
    history.replaceState(null, "", "#" + params);
    filter();
  }

  function step(by) {
    const rows = [...document.querySelectorAll("#list summary")];
    const at = rows.indexOf(document.activeElement);
    const next = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) next.focus();
  }

  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("input", write);
  $("filters").addEventListener("reset", () => setTimeout(write));
  $("more").addEventListener("click", grow);
  window.addEventListener("hashchange", read);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT)$/.test(event.target.tagName)) return;
    if (event.key === "/") { event.preventDefault(); $("text").focus(); }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && !$("more").hidden) grow();
  }).observe($("more"));
  read();
})();
