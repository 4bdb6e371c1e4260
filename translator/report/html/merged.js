"use strict";
// Sorts and filters the rows of the ranking.
const body = document.querySelector("#ranking tbody");
const rows = [...body.rows];
const titles = [...document.querySelectorAll("#ranking th")];
const value = (row, at) => row.cells[at].dataset.v ?? "";
for (const [at, title] of titles.entries()) {
  title.querySelector("button")?.addEventListener("click", () => {
    const up = title.getAttribute("aria-sort") !== "ascending";
    titles.forEach((other) => other.removeAttribute("aria-sort"));
    title.setAttribute("aria-sort", up ? "ascending" : "descending");
    const isNumber = title.classList.contains("n");
    const order = (a, b) => isNumber ? value(a, at) - value(b, at) : value(a, at).localeCompare(value(b, at));
    body.append(...rows.sort((a, b) => (up ? 1 : -1) * order(a, b)));
  });
}
const text = document.getElementById("text");
const filter = () => {
  const words = text.value.toLowerCase();
  for (const row of rows) row.hidden = !row.cells[1].textContent.toLowerCase().includes(words);
  const shown = rows.filter((row) => !row.hidden).length;
  document.getElementById("count").textContent = `${shown} of ${rows.length}`;
};
text.addEventListener("input", filter);
filter();
