"use strict";
(() => {
  // Numbers sort by data-value; an empty cell comes last either way.
  const key = (row, column, kind) => {
    const cell = row.cells[column];
    if (kind === "text") return cell.textContent;
    return cell.dataset.value === undefined ? null : Number(cell.dataset.value);
  };
  const compare = (a, b, kind, sign) => {
    if (kind === "text") return sign * a.localeCompare(b, "en", { numeric: true });
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (a - b);
  };
  const sortable = table => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const headers = [...table.tHead.rows[0].cells];
    const sortBy = (header, column) => {
      const ascending = header.getAttribute("aria-sort") !== "ascending";
      headers.forEach(h => h.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const kind = header.dataset.sort;
      const keyed = rows.map((row, index) => ({ row, index, key: key(row, column, kind) }));
      keyed.sort((a, b) => compare(a.key, b.key, kind, ascending ? 1 : -1) || a.index - b.index);
      body.append(...keyed.map(k => k.row));
    };
    headers.forEach((header, column) => {
      if (!header.dataset.sort) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      header.replaceChildren(button);
      button.addEventListener("click", () => sortBy(header, column));
    });
  };
  document.querySelectorAll("table.sortable").forEach(sortable);

  const table = document.getElementById("layer-table");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const filter = document.getElementById("filter");
  const decision = document.getElementById("decision");
  const shown = document.getElementById("shown");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const visible = (decision.value === "" || row.dataset.decision === decision.value) && words.every(w => text.includes(w));
      row.hidden = !visible;
      if (visible) count++;
    }
    shown.textContent = `${count} of ${rows.length} shown`;
  };
  filter.addEventListener("input", apply);
  decision.addEventListener("change", apply);
  document.querySelector(".controls").hidden = false;
  apply();

  // From a box of the drawing to its row.
  document.body.classList.add("linked");
  document.querySelectorAll("svg.network .box").forEach(box => box.addEventListener("click", () => {
    const row = box.dataset.row && document.getElementById(box.dataset.row);
    if (!row) return;
    if (row.hidden) {
      filter.value = "";
      decision.value = "";
      apply();
    }
    rows.forEach(r => r.classList.toggle("found", r === row));
    row.scrollIntoView({ block: "center" });
  }));
})();
