"use strict";
// One page: upload, start, watch by a stream of events, show the results.

const at = (id) => document.getElementById(id);
const KINDS = [[".mp4", "video"], [".txt", "MOTChallenge"], [".csv", "CSV"], [".jsonl", "JSON Lines"], [".xml", "CVAT"], [".report.html", "report"], [".summary.json", "summary"]];
let uploaded = false;
let state = "idle";
let loading = false;
let following = false; // until the first picture is scrolled into sight
let shown = null;

function say(text) {
  at("message").textContent = text || "";
  at("message").hidden = !text;
}

function refresh() {
  const running = state === "starting" || state === "running";
  const camera = at("source") && at("source").value !== "";
  at("start").disabled = running || !(uploaded || camera);
  at("stop").hidden = !running;
  at("file").disabled = running;
  at("drop").classList.toggle("off", running);
  at("occlusions").disabled = at("network").value === "default";
}

function upload(file) {
  say("");
  const limit = Number(document.body.dataset.maxUpload);
  if (file.size > limit) {
    say(`${file.name} is larger than ${Math.round(limit / 1e6)} MB, which this server takes.`);
    return;
  }
  uploaded = false;
  refresh();
  at("upload").hidden = false;
  at("drop-words").textContent = `${file.name} ...`;
  const request = new XMLHttpRequest(); // which tells how far an upload is
  request.open("POST", `/upload?name=${encodeURIComponent(file.name)}`);
  request.upload.onprogress = (event) => { at("upload").value = event.loaded / event.total; };
  request.onerror = () => ended("The upload broke off. Is the server still running?");
  request.onload = () => {
    const answer = read(request.responseText);
    if (request.status !== 200) return ended(answer.message || "The upload failed.");
    const length = answer.seconds === null ? "" : `, ${answer.seconds.toFixed(1)} s`;
    uploaded = true;
    ended("", `${answer.name}: ${answer.width} x ${answer.height}${length}. Choose another, or drop it here`);
  };
  const ended = (error, words) => {
    at("upload").hidden = true;
    at("file").value = "";
    at("drop-words").textContent = words || "Choose a video or drop it here";
    if (uploaded && at("source")) at("source").value = "";
    say(error);
    refresh();
  };
  request.send(file);
}

function read(text) {
  try { return JSON.parse(text); } catch { return {}; }
}

async function start(event) {
  event.preventDefault();
  say("");
  const camera = at("source") && at("source").value !== "" ? Number(at("source").value) : null;
  const asked = { camera, network: at("network").value, speed: at("speed").value, trails: at("trails").checked, occlusions: at("occlusions").checked };
  at("start").disabled = true;
  const answer = await post("/start", asked);
  if (answer) {
    following = true;
    show(answer);
  }
  refresh();
}

async function post(path, body) {
  try {
    const response = await fetch(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    const answer = read(await response.text());
    if (response.ok) return answer;
    say(answer.message || "The server refused.");
  } catch {
    say("The server does not answer. Is it still running?");
  }
  return null;
}

function show(now) {
  state = now.state;
  refresh();
  if (state === "idle") return;
  const running = state === "starting" || state === "running";
  at("live").hidden = false;
  at("name").textContent = now.name + (state === "running" ? "" : `: ${state}`);
  at("frame").textContent = now.frames ? `${now.frame} / ${now.frames}` : now.frame;
  at("people").textContent = now.people;
  at("identities").textContent = now.identities;
  at("pace").textContent = now.speed.toFixed(1);
  if (now.frames) at("done").value = now.frame / now.frames;
  else if (running) at("done").removeAttribute("value");
  if (!running) at("done").value = 1;
  if (state === "failed") say(now.message);
  picture(now.preview);
  results(now);
}

function picture(number) {
  const key = `${number}`;
  if (number === null || loading || at("preview").dataset.frame === key) return;
  loading = true;
  at("preview").onload = at("preview").onerror = () => {
    loading = false;
    if (following) at("live").scrollIntoView({ behavior: "smooth" });
    following = false;
  };
  at("preview").dataset.frame = key;
  at("preview").src = `/preview.jpg?frame=${key}&${Date.now()}`;
  at("preview").hidden = false;
}

function results(now) {
  const key = JSON.stringify([now.state, now.name, now.files]);
  if (key === shown) return;
  shown = key;
  at("results").hidden = !now.files.length;
  at("files").replaceChildren();
  const video = now.files.find((name) => name.endsWith(".mp4"));
  const report = now.files.find((name) => name.endsWith(".report.html"));
  at("video").hidden = !video;
  at("report").hidden = !report;
  if (video) {
    at("video").poster = at("preview").src;
    at("video").src = `/results/${encodeURIComponent(video)}?${Date.now()}`;
    at("preview").hidden = true; // the video takes its place
  } else {
    at("video").removeAttribute("src");
  }
  if (report) at("report").src = `/results/${encodeURIComponent(report)}?${Date.now()}`;
  for (const [ending, words] of KINDS) {
    const name = now.files.find((file) => file.endsWith(ending));
    if (!name) continue;
    const link = document.createElement("a");
    link.href = `/results/${encodeURIComponent(name)}?download`;
    link.download = name;
    link.textContent = words;
    const item = document.createElement("li");
    item.append(link);
    at("files").append(item);
  }
}

function listen() {
  const events = new EventSource("/events");
  events.onmessage = (event) => show(JSON.parse(event.data));
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) say("The server was started again. Reload the page.");
  };
}

at("ask").addEventListener("submit", start);
at("stop").addEventListener("click", () => post("/stop", {}));
at("file").addEventListener("change", () => { if (at("file").files.length) upload(at("file").files[0]); });
for (const id of ["source", "network"]) if (at(id)) at(id).addEventListener("change", refresh);
for (const kind of ["dragover", "dragleave", "drop"]) {
  at("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    at("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length && !at("file").disabled) upload(event.dataTransfer.files[0]);
  });
}
at("report").addEventListener("load", () => {
  const page = at("report").contentDocument; // of this server, so its height may be read
  if (page && page.body) at("report").style.height = `${page.documentElement.scrollHeight + 8}px`;
});
listen();
