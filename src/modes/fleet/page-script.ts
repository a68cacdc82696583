/** What runs in the page: fetches the devices, and shows those that match, sorted. Text from devices is only ever text. */
export const PAGE_SCRIPT = String.raw`
"use strict";
const COLUMNS = [
  ["state", "State"], ["name", "Name"], ["tailnet", "Tailnet"], ["os", "System"], ["version", "Version"],
  ["owner", "Owner or tags"], ["address", "Address"], ["path", "Path"], ["live", "Own metrics"],
  ["last_seen", "Last seen"], ["key_expiry", "Key expires"],
];
const STATES = ["unreachable", "agent_down", "control_lost", "offline", "online"];
const STEP = 500;
const REFRESH_MS = 10000;
const FIRST_REFRESH_MS = 1000;
const DAY_MS = 86400000;
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
let answer = { devices: [], tailnets: [] };
let all = [];
let etag = "";
let failure = "";
let shown = STEP;
let sort = { key: "name", ascending: true };
const byId = (id) => document.getElementById(id);
const make = (tag, text, className) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
};

function rowOf(device) {
  const live = device.live ? (device.live.source ?? "") + (device.live.outcome === "ok" ? "" : " " + device.live.outcome) : "";
  return {
    ...device,
    owner: device.tags.length > 0 ? device.tags.join(", ") : device.user ?? "",
    address: device.addresses[0] ?? "",
    os: device.distro ?? device.os ?? "",
    path: device.path ?? "",
    live: live.trim(),
    text: [device.name, device.dns_name, device.hostname, device.os, device.distro, device.version, device.user, device.state,
      device.path, device.tailnet, ...device.tags, ...device.addresses].join(" ").toLowerCase(),
  };
}

function compare(a, b) {
  if (sort.key === "state") return STATES.indexOf(a.state) - STATES.indexOf(b.state);
  const [x, y] = [a[sort.key] ?? "", b[sort.key] ?? ""];
  if (x === "" || y === "") return x === y ? 0 : (x === "" ? 1 : -1) * (sort.ascending ? 1 : -1);
  return x.localeCompare(y, undefined, { numeric: true });
}

function ago(text, now) {
  if (!text) return "";
  const ms = Date.parse(text) - now;
  const [size, unit] = Math.abs(ms) < 3600000 ? [60000, "minute"] : Math.abs(ms) < DAY_MS ? [3600000, "hour"] : [DAY_MS, "day"];
  return RELATIVE.format(Math.round(ms / size), unit);
}

function cellOf(row, [key, title], now) {
  const cell = make("td");
  if (key === "state") cell.append(make("span", row.state.replace("_", " "), "state " + row.state));
  else if (key === "last_seen" || key === "key_expiry") {
    cell.textContent = ago(row[key], now);
    cell.title = row[key] ?? "";
    const leftMs = Date.parse(row[key] ?? "") - now;
    if (key === "key_expiry" && leftMs < 7 * DAY_MS) cell.className = leftMs < 0 ? "over" : "soon";
  } else if (key === "name") {
    cell.append(make("strong", row.name));
    for (const [flag, word] of [["external", "shared in"], ["exit_node", "exit node"], ["subnet_router", "router"], ["update_available", "update"], ["ephemeral", "ephemeral"]]) {
      if (row[flag]) cell.append(" ", make("small", word));
    }
    if (row.authorized === false) cell.append(" ", make("small", "not authorized", "bad"));
    if (row.unapproved_routes?.length) cell.append(" ", make("small", row.unapproved_routes.length + " routes not approved", "bad"));
    cell.title = row.dns_name ?? "";
  } else cell.textContent = row[key] ?? "";
  if (key === "name" || key === "owner") cell.className = key;
  else if (key !== "state") cell.dataset.label = title;
  return cell;
}

function headOf([key, title]) {
  const head = make("th");
  head.setAttribute("aria-sort", sort.key === key ? (sort.ascending ? "ascending" : "descending") : "none");
  const button = make("button", title);
  button.type = "button";
  button.addEventListener("click", () => {
    sort = { key, ascending: sort.key === key ? !sort.ascending : true };
    renderRows();
    byId("head").children[[...byId("head").children].findIndex((other) => other.textContent === title)].firstChild.focus();
  });
  head.append(button);
  return head;
}

function renderRows() {
  const now = Date.now();
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = all.filter((row) => words.every((word) => row.text.includes(word)));
  rows.sort((a, b) => (sort.ascending ? 1 : -1) * compare(a, b) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  // What nobody has is no column.
  const columns = COLUMNS.filter(([key]) => (key === "tailnet" ? answer.tailnets.length > 1 : all.some((row) => row[key])));
  byId("head").replaceChildren(...columns.map(headOf));
  byId("rows").replaceChildren(...rows.slice(0, shown).map((row) => {
    const line = make("tr");
    line.append(...columns.map((column) => cellOf(row, column, now)));
    return line;
  }));
  byId("more").hidden = rows.length <= shown;
  byId("more").textContent = "Show " + Math.min(STEP, rows.length - shown) + " more of " + rows.length;
  byId("found").textContent = words.length > 0 ? rows.length + " of " + all.length : "";
}

function searchFor(text) {
  byId("search").value = byId("search").value === text ? "" : text;
  shown = STEP;
  renderRows();
}

function render() {
  const counts = STATES.map((state) => [state, all.filter((row) => row.state === state).length]).filter(([, count]) => count > 0);
  byId("counts").replaceChildren(...counts.map(([state, count]) => {
    const button = make("button", count + " " + state.replace("_", " "), "state " + state);
    button.type = "button";
    button.title = "Search for " + state.replace("_", " ");
    button.addEventListener("click", () => searchFor(state));
    return button;
  }));
  byId("bar").replaceChildren(...counts.map(([state, count]) => {
    const part = make("span", undefined, state);
    part.style.flexGrow = count;
    return part;
  }));
  const problems = answer.tailnets.flatMap((tailnet) => tailnet.problems.map(({ part, message }) => tailnet.tailnet + " " + part + ": " + message));
  if (failure) problems.unshift(failure);
  byId("problems").replaceChildren(...problems.map((problem) => make("p", problem)));
  byId("taken").textContent = answer.taken ? "as of " + new Date(answer.taken).toLocaleTimeString() : "";
  byId("demo").hidden = !answer.demo;
  byId("waiting").hidden = isComplete();
  renderRows();
}

const isComplete = () => answer.tailnets.length > 0 && answer.tailnets.every(({ devices }) => devices !== null);

async function refresh() {
  const before = failure;
  let isNew = false;
  try {
    const response = await fetch("api/v1/devices", { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
    isNew = response.status === 200;
    if (isNew) {
      answer = await response.json();
      all = answer.devices.map(rowOf);
      etag = response.headers.get("ETag") ?? "";
    } else if (response.status !== 304) throw new Error("status " + response.status);
    failure = "";
  } catch (error) {
    failure = "tsmon does not answer: " + error.message;
  }
  // Else whoever has selected a text would lose it for nothing.
  if (isNew || failure !== before) render();
}

async function follow() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, isComplete() ? REFRESH_MS : FIRST_REFRESH_MS));
  }
}

byId("search").addEventListener("input", () => { shown = STEP; renderRows(); });
byId("more").addEventListener("click", () => { shown += STEP; renderRows(); });
byId("search").value = decodeURIComponent(location.hash.slice(1));
void follow();
document.addEventListener("visibilitychange", () => { if (!document.hidden) void refresh(); });
`;
