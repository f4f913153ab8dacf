// The skills of an ad, made from the skills of its sentences. Nothing here touches the page.

// adSkills returns each skill of the ad once, the best score first, with the sentences that name it. rows have a sentence and its skills.
export function adSkills(rows, groups, keepsRow, keepsSkill) {
  const found = new Map();
  rows.forEach((row, i) => {
    if (!keepsRow(row)) return;
    row.skills.forEach(({ skill }, place) => {
      if (!keepsSkill(skill, place)) return;
      if (!found.has(skill.uri)) found.set(skill.uri, { uri: skill.uri, label: skill.label, score: skill.score, groups: groups.get(skill.uri) ?? [], mentions: [] });
      const entry = found.get(skill.uri);
      entry.score = Math.max(entry.score, skill.score);
      entry.mentions.push({ row: i, score: skill.score, why: skill.why });
    });
  });
  return [...found.values()].sort((a, b) => b.score - a.score);
}

// levelsOf returns the levels of groups, ascending.
export function levelsOf(groups) {
  const levels = new Set();
  for (const list of groups.values()) for (const g of list) levels.add(g.level);
  return [...levels].sort((a, b) => a - b);
}

// quoted returns a cell of CSV (RFC 4180).
const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

// adAsCSV returns the skills of an ad as CSV, one row for each. Several groups of a level are divided by " | ". The first character
// tells spreadsheets that the text is UTF-8.
export function adAsCSV(skills, textOf) {
  const levels = levelsOf(new Map(skills.map((s) => [s.uri, s.groups])));
  const head = ["label", "uri", "score", ...levels.flatMap((l) => [`level_${l}`, `level_${l}_uri`]), "sentences"];
  const lines = skills.map((s) => {
    const of = (level, field) => s.groups.filter((g) => g.level === level).map((g) => g[field]).join(" | ");
    return [s.label, s.uri, String(s.score), ...levels.flatMap((l) => [of(l, "label"), of(l, "uri")]), s.mentions.map((m) => textOf(m.row)).join("\n")];
  });
  return "\ufeff" + [head, ...lines].map((cells) => cells.map(quoted).join(",")).join("\r\n") + "\r\n";
}
