// The page sends one request for an ad and gets more skills than it shows. The controls filter that answer without a new request.
import { samples } from "./samples.js";
import { adAsCSV, adSkills, levelsOf } from "./skills.js";

const most = { topK: 20, threshold: 0, filterThreshold: 0 };
const $ = (id) => document.getElementById(id);
const percent = new Intl.NumberFormat("en", { style: "percent" });
const whole = new Intl.NumberFormat("en");

let model = { top_k: 5, threshold: 0.5 }; // until the server has answered
let answer = null; // of the last request
let rows = []; // the items of the list with their sentences
let groups = new Map(); // the groups of each skill, by its URI
let chosenSkill = ""; // the URI of the skill whose sentences are marked
let asking = null; // the request under way
let announcing = 0;

function element(name, className, ...content) {
  const e = document.createElement(name);
  if (className) e.className = className;
  e.append(...content);
  return e;
}

// languageOf returns the language of a text, from which a screen reader chooses its voice and the browser its font.
const languageOf = (text) => (/\p{Script=Han}/u.test(text) ? "zh" : "en");

// plural returns a number with its noun.
const plural = (n, one, many = one + "s") => `${whole.format(n)} ${n === 1 ? one : many}`;

class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function request(path, options = {}) {
  const headers = { ...options.headers };
  if ($("token").value) headers.Authorization = "Bearer " + $("token").value;
  const response = await fetch(path, { ...options, headers });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const told = body.error ?? {};
    throw new Refusal(response.status, told.code, [told.field, told.message].filter(Boolean).join(" ") || `status ${response.status}`);
  }
  return body;
}

async function learnModel() {
  model = await request("v1/model");
  $("model").textContent = `${model.model}, ${plural(model.skills, "skill")}`;
}

// showDefaults sets the controls to the server's settings.
function showDefaults() {
  $("threshold").value = Math.max(model.threshold, most.threshold);
  $("filter").value = model.filter_threshold ?? 0;
  $("top").value = Math.min(model.top_k, most.topK);
  $("filter-control").hidden = $("dropped-control").hidden = model.filter_threshold === undefined;
}

async function find() {
  const text = $("ad").value;
  $("problem").textContent = "";
  if (!text.trim()) {
    $("problem").textContent = "Paste an ad first.";
    $("ad").focus();
    return;
  }
  asking?.abort();
  const controller = (asking = new AbortController());
  busy(true);
  try {
    if (!$("model").textContent) {
      await learnModel();
      showDefaults();
    }
    const body = { text, top_k: most.topK, threshold: most.threshold, groups: true };
    if (model.filter_threshold !== undefined) body.filter_threshold = most.filterThreshold;
    answer = await request("v1/extract", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: controller.signal,
    });
    $("access").hidden = true;
    show();
  } catch (e) {
    if (e.name !== "AbortError") complain(e);
  } finally {
    if (asking === controller) busy(false);
  }
}

function busy(is) {
  $("find").disabled = is;
  $("find").textContent = is ? "Reading…" : "Find skills";
  $("result").setAttribute("aria-busy", is);
}

function complain(e) {
  if (e.status === 401) {
    $("access").hidden = false;
    $("token").focus();
  }
  const texts = {
    unauthorized: $("token").value ? "The token is wrong." : "Enter the server's token.",
    body_too_large: "The ad is too long for this server.",
    too_many_tokens: "The ad is too long for this server.",
    response_too_large: "The ad has too many sentences for this server.",
    queue_full: "The server is busy. Try again in a moment.",
    too_many_requests: "The server is busy. Try again in a moment.",
    loading: "The server is still loading its model. Try again in a moment.",
    out_of_memory: "The server has too little memory now. Try again in a moment.",
    timeout: "The server took too long. Try a shorter ad, or later.",
  };
  $("problem").textContent = texts[e.code] ?? (e instanceof Refusal ? `The server refused: ${e.message}` : "The server cannot be reached.");
}

// show builds the list of an answer. update hides the items that the controls exclude.
function show() {
  rows = answer.ads[0].sentences.map((sentence) => {
    const skills = sentence.skills.map((skill) => ({ skill, item: skillItem(skill) }));
    const text = sentence.clean ?? sentence.text;
    const said = element("p", "said", text);
    said.lang = languageOf(text);
    const none = element("p", "none quiet", "no skill has this score");
    const dropped = element("span", "tag", "dropped");
    const left = element("div", "left", said);
    if (sentence.filter_score !== undefined) {
      left.append(element("p", "quiet", dropped, element("span", "", `${percent.format(sentence.filter_score)} likely to name a skill`)));
    }
    const spoken = element("p", "said", text);
    spoken.lang = said.lang;
    const list = element("ul", "skills", ...skills.map((s) => s.item));
    list.setAttribute("aria-label", "Skills");
    return { sentence, skills, list, none, dropped, spoken, item: element("li", "sentence", left, element("div", "right", list, none)) };
  });
  $("sentences").replaceChildren(...rows.map((r) => r.item));
  $("text").replaceChildren(...rows.map((r) => r.spoken));
  groups = new Map((answer.groups ?? []).map((g) => [g.uri, g.groups]));
  offerLevels();
  chosenSkill = "";
  $("result").hidden = false;
  update();
  $("result").scrollIntoView({ block: "start" });
  $("result-title").focus({ preventScroll: true });
}

// skillLink links to the skill's page in ESCO.
function skillLink(skill, ...content) {
  const link = element("a", "", ...content);
  link.href = /^https?:/.test(skill.uri) ? skill.uri : "#main";
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.lang = languageOf(skill.label);
  return link;
}

function scoreOf(skill) {
  const bar = element("span", "bar");
  bar.setAttribute("aria-hidden", "true");
  bar.style.setProperty("--share", Math.max(skill.score, 0));
  return element("span", "score", bar, element("span", "", skill.score.toFixed(2)));
}

const skillItem = (skill) => element("li", "skill", skillLink(skill, skill.label), scoreOf(skill));

// offerLevels offers the levels of groups that the answer's skills have.
function offerLevels() {
  const before = $("group").value;
  const levels = levelsOf(groups);
  $("group").replaceChildren(new Option("nothing", "0"), ...levels.map((level) => new Option(`ESCO level ${level}`, level)));
  $("group").value = levels.includes(Number(before)) ? before : "0";
  $("group-pick").hidden = levels.length === 0;
}

// showSkills lists the skills of the ad. Where none has the score, it lists the nearest below and says so.
function showSkills(c) {
  let found = adSkills(rows, groups, (row) => isKept(row.sentence, c), (skill, place) => isShown(skill, place, c));
  const below = found.length === 0 ? nearestBelow(c) : [];
  $("below").hidden = below.length === 0;
  $("below").textContent = `No skill has a score of ${c.threshold.toFixed(2)}. The nearest below are:`;
  const shown = found.length ? found : below;
  const order = { score: (a, b) => b.score - a.score, label: (a, b) => a.label.localeCompare(b.label), mentions: (a, b) => b.mentions.length - a.mentions.length || b.score - a.score };
  shown.sort(order[$("sort").value]);
  if (!shown.some((s) => s.uri === chosenSkill)) chosenSkill = "";
  $("skills").replaceChildren(...sections(shown, Number($("group").value), found.length === 0));
  markSentences(shown);
  return found;
}

// nearestBelow returns the best skills of the kept sentences, whatever their score.
function nearestBelow(c) {
  return adSkills(rows, groups, (row) => isKept(row.sentence, c), (skill, place) => place < c.top).slice(0, 5);
}

// sections returns one list, or a heading and a list for each group of a level.
function sections(skills, level, below) {
  if (skills.length === 0) return [element("p", "quiet", "No sentence names a skill.")];
  if (level === 0) return [skillList(skills, below)];
  const parts = new Map();
  for (const skill of skills) {
    const of = skill.groups.filter((g) => g.level === level);
    for (const label of of.length ? of.map((g) => g.label) : ["without a group of this level"]) parts.set(label, [...(parts.get(label) ?? []), skill]);
  }
  return [...parts].flatMap(([label, list]) => [element("h3", "", label), skillList(list, below)]);
}

function skillList(skills, below) {
  const list = element("ul", below ? "skills is-below" : "skills", ...skills.map(adSkillItem));
  list.setAttribute("aria-label", "Skills");
  return list;
}

// adSkillItem shows a skill of the ad. Its button marks the sentences that name it.
function adSkillItem(skill) {
  const choose = element("button", "choose", skill.label);
  choose.type = "button";
  choose.lang = languageOf(skill.label);
  choose.dataset.uri = skill.uri;
  choose.setAttribute("aria-pressed", skill.uri === chosenSkill);
  choose.addEventListener("click", () => {
    chosenSkill = chosenSkill === skill.uri ? "" : skill.uri;
    for (const b of document.querySelectorAll(".choose")) b.setAttribute("aria-pressed", b.dataset.uri === chosenSkill);
    markSentences([skill]);
    const first = chosenSkill && document.querySelector(".text .is-named");
    if (first) $("text").scrollTop = first.offsetTop - $("text").offsetTop;
    $("live").textContent = chosenSkill ? `${plural(skill.mentions.length, "sentence")}: ${skill.mentions.map((m) => rows[m.row].spoken.textContent).join(" ")}` : "No sentence is marked.";
  });
  const link = skillLink(skill, "ESCO");
  link.setAttribute("aria-label", `${skill.label} in ESCO`);
  const details = element("span", "quiet", `${plural(skill.mentions.length, "sentence")} `, link);
  return element("li", "ad-skill", choose, scoreOf(skill), details);
}

// markSentences marks the sentences that name the chosen skill, if it is one of these.
function markSentences(skills) {
  const named = new Set(skills.find((s) => s.uri === chosenSkill)?.mentions.map((m) => m.row));
  rows.forEach((row, i) => row.spoken.classList.toggle("is-named", named.has(i)));
}

// chosen returns the values of the controls.
function chosen() {
  const top = Math.min(Math.max(parseInt($("top").value, 10) || 1, 1), most.topK);
  return { threshold: Number($("threshold").value), filter: Number($("filter").value), top, dropped: $("dropped").checked };
}

const isKept = (sentence, c) => sentence.filter_score === undefined || sentence.filter_score >= c.filter;

const isShown = (skill, place, c) => place < c.top && skill.score >= c.threshold;

function update() {
  const c = chosen();
  $("threshold-value").textContent = c.threshold.toFixed(2);
  $("filter-value").textContent = percent.format(c.filter);
  if (!answer) return;
  let kept = 0;
  for (const row of rows) {
    const keep = isKept(row.sentence, c);
    let shown = 0;
    row.skills.forEach(({ skill, item }, place) => {
      item.hidden = !(keep && isShown(skill, place, c));
      if (!item.hidden) shown++;
    });
    kept += keep;
    row.item.classList.toggle("is-dropped", !keep);
    row.item.hidden = !keep && !c.dropped;
    row.dropped.hidden = keep;
    row.list.hidden = shown === 0;
    row.none.hidden = !keep || shown > 0;
    row.spoken.classList.toggle("is-dropped", !keep);
    row.spoken.hidden = !keep && !c.dropped;
  }
  const found = showSkills(c);
  const summary = `${plural(found.length, "skill")} in ${whole.format(kept)} of ${plural(rows.length, "sentence")}.`;
  $("summary").textContent = summary;
  clearTimeout(announcing); // a screen reader should not read every step of a slider
  announcing = setTimeout(() => ($("live").textContent = summary), 400);
}

// asJSON returns the answer that /v1/extract would give with the values of the controls.
function asJSON() {
  const c = chosen();
  const sentences = answer.ads[0].sentences.map((s) => {
    const kept = isKept(s, c);
    return { ...s, kept, skills: kept ? s.skills.filter((skill, place) => isShown(skill, place, c)) : [] };
  });
  return JSON.stringify({ ...answer, ads: [{ ...answer.ads[0], sentences }] }, null, 2);
}

// adAsJSON returns the answer that /v1/extract with level "ad" would give with the values of the controls.
function adAsJSON() {
  const c = chosen();
  const skills = adSkills(rows, groups, (row) => isKept(row.sentence, c), (skill, place) => isShown(skill, place, c)).map(({ mentions, ...skill }) => ({
    ...skill,
    mentions: mentions.map(({ row, score, why }) => {
      const { text, clean, start, end } = rows[row].sentence;
      return { text, clean, start, end, score, why };
    }),
  }));
  const kept = rows.filter((row) => isKept(row.sentence, c)).length;
  const { model, span_unit, usage } = answer;
  return JSON.stringify({ model, span_unit, ads: [{ sentence_count: rows.length, kept_count: kept, skills }], usage }, null, 2);
}

const byAd = () => $("view-ad").getAttribute("aria-pressed") === "true";

const shownAsJSON = () => (byAd() ? adAsJSON() : asJSON());

// save offers a text as a file.
function save(name, type, text) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  $("live").textContent = `Saved as ${name}.`;
}

function saveCSV() {
  const c = chosen();
  const skills = adSkills(rows, groups, (row) => isKept(row.sentence, c), (skill, place) => isShown(skill, place, c));
  save("skills.csv", "text/csv", adAsCSV(skills, (row) => rows[row].spoken.textContent));
}

// view shows the skills of the ad or the sentences with their skills.
function view(ad) {
  $("view-ad").setAttribute("aria-pressed", ad);
  $("view-sentence").setAttribute("aria-pressed", !ad);
  $("by-ad").hidden = !ad;
  $("sentences").hidden = ad;
  for (const pick of document.querySelectorAll(".pick")) pick.classList.toggle("is-idle", !ad);
}

async function copy() {
  const button = $("copy");
  const text = shownAsJSON();
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copyBySelection(text); // browsers have no clipboard on plain http, except on loopback
  }
  button.textContent = done ? "Copied" : "Not copied";
  $("live").textContent = done ? "Copied as JSON." : "The browser does not allow copying.";
  setTimeout(() => (button.textContent = "Copy as JSON"), 2000);
}

function copyBySelection(text) {
  const area = element("textarea", "unseen", text);
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  $("copy").focus();
  return done;
}

$("form").addEventListener("submit", (e) => {
  e.preventDefault();
  find();
});
$("ad").addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
    e.preventDefault();
    find();
  }
});
$("ad").addEventListener("input", () => ($("ad").lang = languageOf($("ad").value)));
for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", () => {
    $("ad").value = samples[button.dataset.sample];
    $("ad").lang = button.dataset.sample;
    $("ad").focus();
    $("ad").setSelectionRange(0, 0);
    $("ad").scrollTop = 0;
    $("live").textContent = "A sample ad is filled in.";
  });
}
for (const id of ["threshold", "filter", "top", "dropped", "sort", "group"]) $(id).addEventListener("input", update);
$("copy").addEventListener("click", copy);
$("save-csv").addEventListener("click", saveCSV);
$("save-json").addEventListener("click", () => save("skills.json", "application/json", shownAsJSON()));
$("view-ad").addEventListener("click", () => view(true));
$("view-sentence").addEventListener("click", () => view(false));

showDefaults();
learnModel().then(showDefaults, () => {}); // find tries again and shows the error
