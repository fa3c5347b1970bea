// Moves the rows of a treatment's part up and down, by keyboard as well as by mouse. The numbers do the work:
// without this script they are typed.

const words = document.getElementById("row-words");
const MOVABLE = ".inline-related.has_original";

/** The number that places a row. */
function place(row) {
  return row.querySelector("input[name$='-order']");
}

/** The movable row before (-1) or after (1) this one, or undefined. */
function neighbour(row, step) {
  const rows = [...row.parentElement.querySelectorAll(MOVABLE)];
  return rows[rows.indexOf(row) + step];
}

/** Put `lower` above `upper`, which stands directly over it, and let their numbers say so. */
function swap(upper, lower) {
  const [first, second] = [place(upper), place(lower)];
  if (first.value === second.value) {
    [...upper.parentElement.querySelectorAll(MOVABLE)].forEach((row, index) => {
      place(row).value = (index + 1) * 10;
    });
  }
  [first.value, second.value] = [second.value, first.value];
  upper.before(lower);
}

function move(row, step, button) {
  const other = neighbour(row, step);
  if (!other) return;
  if (step < 0) swap(other, row);
  else swap(row, other);
  // A row that is moved in the page loses the focus.
  button.focus();
  const rows = [...row.parentElement.querySelectorAll(MOVABLE)];
  words.textContent = words.dataset.moved
    .replace("{place}", rows.indexOf(row) + 1)
    .replace("{count}", rows.length);
}

function button(row, step, sign, says) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "row-mover";
  made.textContent = sign;
  made.setAttribute("aria-label", `${says}: ${row.querySelector(".inline_label").textContent.trim()}`);
  made.addEventListener("click", () => move(row, step, made));
  return made;
}

if (words) {
  for (const row of document.querySelectorAll(MOVABLE)) {
    if (!place(row)) continue;
    const movers = document.createElement("span");
    movers.className = "row-movers";
    movers.append(button(row, -1, "↑", words.dataset.up), button(row, 1, "↓", words.dataset.down));
    row.querySelector("h3").append(movers);
  }
}
