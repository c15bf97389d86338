// SPDX-License-Identifier: GPL-2.0-or-later
// Draws the curves of a page where the page has left a place for them (figure.plot), from the result that is in it. Without the library
// that draws (uPlot) it does nothing: tables and drawings are there anyhow.
"use strict";
(function () {
  const whole = JSON.parse(document.getElementById("result").textContent);
  const result = whole.differences && whole.result ? whole.result : whole;
  const against = whole.differences ? whole.against : null;
  const reports = Array.isArray(result) ? result : [result];
  const others = against ? (Array.isArray(against) ? against : [against]) : [];
  const hues = ["#2f6fca", "#dd8a16", "#8a4fc4", "#2a9d8f", "#c0322b", "#6a8caf", "#b5651d", "#5b8c3a", "#c2579b", "#8b949e"];
  const shown = 10; // curves that are shown from the start; the others by a click on their names
  const day = { ink: "#1d2127", soft: "#5d6670", line: "#dfe3e7", vf: "#2f6fca", emulated: "#dd8a16", tunnel: "#8a4fc4",
                other: "#8b949e", bad: "#c0322b", stripe: "#00000012" };
  let printing = false;
  let plots = [];

  function colour(name) {
    if (printing) return day[name];
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim() || day[name];
  }

  function time(ns) {
    if (ns < 1e3) return +ns.toPrecision(3) + " ns";
    if (ns < 1e6) return +(ns / 1e3).toPrecision(3) + " us";
    if (ns < 1e9) return +(ns / 1e6).toPrecision(3) + " ms";
    return +(ns / 1e9).toPrecision(4) + " s";
  }

  function count(n) {
    if (Math.abs(n) < 1e4) return String(+n.toPrecision(4));
    for (const [unit, name] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
      if (Math.abs(n) >= unit) return +(n / unit).toPrecision(4) + " " + name;
    return String(n);
  }

  function axis(label, values, more) {
    return Object.assign({ label: label, labelSize: 22, font: "12px sans-serif", labelFont: "12px sans-serif", stroke: colour("soft"),
                           grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, values: values }, more);
  }

  function element(name, text, parent) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }

  function widthOf(figure) {
    return printing ? 680 : Math.max(260, figure.clientWidth);
  }

  function draw(figure, options, data) {
    const old = figure.querySelector(".uplot");
    if (old) old.remove();
    options.width = widthOf(figure);
    options.height = Math.min(380, Math.max(240, Math.round(options.width * 0.5))) + (options.padding ? options.padding[0] : 0);
    const place = figure.querySelector(".canvas") || element("div", "", figure);
    place.className = "canvas";
    const plot = new uPlot(options, data, place);
    figure.classList.add("drawn");
    return plot;
  }

  // ---- latency by percentile: at 1/(1-p), so that each nine is as wide as the one before ----

  function curveOf(row) {
    const xs = [1], ys = [row.min_ns];
    row.at_most_ns.forEach(function (value, i) {
      const left = row.frames - row.count[i];
      const x = left > 0 ? row.frames / left : row.frames * 2;
      if (x > xs[xs.length - 1]) { xs.push(x); ys.push(Math.max(value, 1)); } else ys[ys.length - 1] = Math.max(value, 1);
    });
    return [xs, ys];
  }

  function percentile(x) {
    if (x <= 1) return "min";
    return +(100 - 100 / x).toPrecision(Math.max(3, Math.ceil(Math.log10(x)) + 2)) + " %";
  }

  function latency(figure, report, number) {
    const rows = (report.latencies || []).map((row) => [row.flow, row, false]);
    const other = others[number] ? others[number].latencies || [] : [];
    other.forEach((row) => rows.push([row.flow + " (second)", row, true]));
    if (!rows.length) return null;
    const data = uPlot.join(rows.map(([, row]) => curveOf(row)));
    const series = [{ label: "percentile", value: (u, x) => (x === null || x === undefined ? "" : percentile(x)) }];
    const seen = [];
    rows.forEach(function ([name, row, second], i) {
      if (!seen.includes(row.flow)) seen.push(row.flow);
      series.push({ label: name, stroke: hues[seen.indexOf(row.flow) % hues.length], width: 1.6, dash: second ? [5, 4] : undefined,
                    spanGaps: true, show: seen.indexOf(row.flow) < shown, points: { show: row.at_most_ns.length < 3, size: 5 },
                    value: (u, y) => (y === null || y === undefined ? "" : time(y)) });
    });
    return draw(figure, {
      scales: { x: { time: false, distr: 3, log: 10 }, y: { distr: 3, log: 10 } }, series: series,
      axes: [axis("percentile", (u, ticks) => ticks.map((t) => (t === null || Math.log10(t) % 1 ? "" : t === 1 ? "0 %" : percentile(t)))),
             axis("latency", (u, ticks) => ticks.map((t) => (t === null || Math.log10(t) % 1 ? "" : time(t))), { size: 68 })],
    }, data);
  }

  // ---- frames a second by path, of all flows or of one, with switches and migrations marked ----

  const paths = [["lost", "bad", "lost"], ["other", "other", "neither"], ["tunnel", "tunnel", "by the tunnel"],
                 ["emulated", "emulated", "by the emulated device"], ["vf", "vf", "by VF"]];

  function sum(flows, key, length) {
    const total = new Array(length).fill(0);
    for (const flow of flows) flow[key].forEach((n, i) => { total[i] += n; });
    return total;
  }

  // Those at the same time together, by the name of the first.
  function together(phases) {
    const groups = [];
    for (const phase of phases.slice().sort((a, b) => a.start_ns - b.start_ns)) {
      const last = groups[groups.length - 1], end = phase.start_ns + phase.took_ns;
      if (phases.length <= 12 || !last || phase.start_ns > last.end) groups.push({ name: phase.name, start_ns: phase.start_ns, end: end, more: 0 });
      else { last.end = Math.max(last.end, end); last.more += 1; }
    }
    return groups;
  }

  const labelFont = "11px sans-serif", labelHeight = 13;

  // Where labels stand above a plot: [left edge, row] of each; never beyond an edge, and above those at whose lines they would end.
  function stack(froms, widths, left, right) {
    const places = froms.map((from, i) => [Math.max(left, Math.min(from, right - widths[i])), 0]);
    for (let i = froms.length - 1; i >= 0; i--)
      for (let j = i + 1; j < froms.length; j++)
        if (places[j][0] < places[i][0] + widths[i] + 8) places[i][1] = Math.max(places[i][1], places[j][1] + 1);
    return places;
  }

  function marks(phases) {
    const groups = together(phases), names = groups.map((group) => group.name + (group.more ? " and " + group.more + " more" : ""));
    const measure = document.createElement("canvas").getContext("2d");
    measure.font = labelFont;
    const widths = names.map((name) => measure.measureText(name).width);
    return {
      // How many rows they need in a plot of that width, whose ends are these times.
      rows: (width, first, last) => 1 + Math.max(-1, ...stack(groups.map((g) => (g.start_ns - first) / (last - first) * width), widths, 0, width).map(([, row]) => row)),
      draw: function (u) {
        const ctx = u.ctx, box = u.bbox, ratio = devicePixelRatio, seen = groups.map((g, i) => i).filter((i) => groups[i].end >= u.scales.x.min && groups[i].start_ns <= u.scales.x.max);
        const froms = seen.map((i) => Math.max(box.left, u.valToPos(groups[i].start_ns, "x", true)));
        const places = stack(froms, seen.map((i) => widths[i] * ratio), box.left, box.left + box.width);
        ctx.save();
        ctx.textAlign = "left";
        ctx.textBaseline = "alphabetic";
        ctx.font = 11 * ratio + "px sans-serif";
        seen.forEach(function (i, n) {
          const to = Math.min(box.left + box.width, u.valToPos(groups[i].end, "x", true)), foot = box.top - labelHeight * ratio * places[n][1];
          ctx.fillStyle = colour("soft") + "22";
          ctx.fillRect(froms[n], box.top, Math.max(2, to - froms[n]), box.height);
          ctx.fillStyle = colour("soft");
          ctx.fillRect(froms[n], foot - 2 * ratio, 1, box.top + box.height - foot + 2 * ratio);
          ctx.fillText(names[i], places[n][0] + (places[n][0] === froms[n] ? 3 * ratio : 0), foot - 4 * ratio);
        });
        ctx.restore();
      },
    };
  }

  function rates(figure, report) {
    const run = (report.timeline || []).find((item) => item.kind === "run");
    if (!run || !run.packets.length || !run.interval_ns) return null;
    let select = figure.querySelector("select");
    if (!select && run.packets.length > 1) {
      const label = element("label", "flow: ", figure);
      select = element("select", "", label);
      element("option", "all", select);
      run.packets.forEach((flow) => element("option", flow.flow, select));
      select.addEventListener("change", redraw);
    }
    const flows = select && select.selectedIndex > 0 ? [run.packets[select.selectedIndex - 1]] : run.packets;
    const length = run.packets[0].sent.length, second = 1e9 / run.interval_ns;
    const xs = [], used = [], data = [xs], stacked = new Array(length).fill(0), columns = [];
    for (let i = 0; i < length; i++) xs.push(run.packets_from_ns + i * run.interval_ns);
    for (const [key, hue, name] of paths.slice().reverse()) {
      const mine = sum(flows, key, length);
      if (!mine.some((n) => n > 0)) continue;
      mine.forEach((n, i) => { stacked[i] += n; });
      columns.unshift([stacked.map((n) => n * second), mine, hue, name]);
    }
    const step = uPlot.paths.stepped({ align: 1 });
    const series = [{ label: "at", value: (u, x) => (x === null || x === undefined ? "" : time(x)) }];
    for (const [top, mine, hue, name] of columns) {
      data.push(top);
      series.push({ label: name, fill: colour(hue), stroke: colour(hue), width: 0, paths: step, points: { show: false },
                    value: (u, y, s, i) => (i === null || i === undefined ? "" : count(mine[i] * second) + "/s") });
    }
    data.push(sum(flows, "sent", length).map((n) => n * second));
    series.push({ label: "sent", stroke: colour("ink"), width: 1, paths: step, points: { show: false },
                  value: (u, y) => (y === null || y === undefined ? "" : count(y) + "/s") });
    const marked = marks(run.phases || []), room = marked.rows(widthOf(figure) - 100, xs[0], xs[length - 1]);
    return draw(figure, {
      padding: [room ? room * labelHeight + 8 : null, null, null, null],
      scales: { x: { time: false }, y: { range: (u, low, high) => [0, (high || 1) * 1.05] } }, series: series,
      axes: [axis("time", (u, ticks) => ticks.map((t) => (t === 0 ? "0" : time(t)))), axis("frames a second", (u, ticks) => ticks.map(count), { size: 62 })],
      hooks: { draw: [marked.draw] },
    }, data);
  }

  // ---- what was swept against what came of it ----

  function isNumber(text) { return text !== "" && Number.isFinite(Number(text)); }

  function chooser(figure, name, words, chosen) {
    let select = figure.querySelector("select[name=" + name + "]");
    if (!select) {
      const label = element("label", name + ": ", figure);
      select = element("select", "", label);
      select.name = name;
      words.forEach((word) => element("option", word, select));
      select.selectedIndex = Math.max(0, words.indexOf(chosen));
      select.addEventListener("change", redraw);
    }
    return select.value;
  }

  function metrics(rows) {
    const keys = [];
    for (const row of rows) for (const key of Object.keys(row.values))
      if (typeof row.values[key] === "number" && !keys.includes(key)) keys.push(key);
    const varied = keys.filter((key) => rows.some((row) => row.values[key] !== rows[0].values[key]));
    return varied.length ? varied : keys;
  }

  /* The setting with the most values, but for seeds: what else is swept makes a curve, or a bar, each. */
  function widest(axes) {
    return axes.filter((a) => a.name !== "seed").reduce((a, b) => (a && a.values.length >= b.values.length ? a : b), null) || axes[0];
  }

  function sweep(figure, report) {
    const rows = report.rows, axes = report.axes;
    if (!rows.length || !axes.length) return null;
    const keys = metrics(rows);
    if (!keys.length) return null;
    const across = chooser(figure, "across", axes.map((a) => a.name), widest(axes).name);
    const key = chooser(figure, "shown", keys, (report.shown || []).find((k) => keys.includes(k)) || keys.find((k) => k.endsWith("latency_ns.p50")) || keys.find((k) => k.includes("throughput")) || keys[0]);
    const values = axes.find((a) => a.name === across).values;
    const numeric = values.every(isNumber);
    const groups = new Map();
    for (const row of rows) {
      const name = axes.filter((a) => a.name !== across).map((a) => a.name + " " + row.settings[a.name]).join(", ") || key;
      const y = row.values[key];
      if (!groups.has(name)) groups.set(name, []);
      if (typeof y === "number") groups.get(name).push([numeric ? Number(row.settings[across]) : values.indexOf(row.settings[across]), y]);
    }
    const tables = [], series = [{ label: across, value: (u, x) => (x === null || x === undefined ? "" : numeric ? String(x) : values[Math.round(x)]) }];
    const word = key.includes("_ns") ? time : count;
    for (const [name, points] of groups) {
      points.sort((a, b) => a[0] - b[0]);
      /* numbers are a curve; words have bars beside each other */
      const aside = numeric ? 0 : ((tables.length - (groups.size - 1) / 2) * 0.8) / groups.size;
      tables.push([points.map((q) => q[0] + aside), points.map((q) => q[1])]);
      const hue = hues[(tables.length - 1) % hues.length];
      series.push({ label: name, stroke: hue, width: 1.6, spanGaps: numeric, value: (u, y) => (y === null || y === undefined ? "" : word(y)),
                    ...(numeric ? { points: { show: true, size: 6, fill: hue } }
                                : { fill: hue + "88", paths: uPlot.paths.bars({ size: [0.72 / groups.size, 90] }), points: { show: false } }) });
    }
    const data = uPlot.join(tables);
    return draw(figure, {
      scales: { x: { time: false, range: (u, low, high) => (!numeric ? [-0.6, values.length - 0.4] : low === high ? [low - 1, high + 1] : [low - (high - low) / 20, high + (high - low) / 20]) },
                y: { range: (u, low, high) => [0, (high || 1) * 1.1] } }, series: series,
      axes: [axis(across, (u, ticks) => ticks.map((t) => (numeric ? count(t) : values[t] || "")),
                  numeric ? {} : { splits: () => values.map((v, i) => i), grid: { show: false } }), axis(key, (u, ticks) => ticks.map(word), { size: 74 })],
    }, data);
  }

  // ---- all of them, and again when the reader's room or light changes ----

  const kinds = { latency: latency, rates: rates, sweep: sweep };

  function redraw() {
    for (const plot of plots) plot.destroy();
    plots = [];
    for (const figure of document.querySelectorAll("figure.plot")) {
      const number = Number(figure.dataset.report);
      const plot = reports[number] ? kinds[figure.dataset.plot](figure, reports[number], number) : null;
      if (plot) plots.push(plot);
    }
  }

  function save() {
    const link = element("a", "the result as JSON", element("p", "", document.querySelector("header")));
    link.download = "result.json";
    link.href = "#";
    link.addEventListener("click", function () {
      link.href = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 2) + "\n"], { type: "application/json" }));
    });
  }

  save();
  if (typeof uPlot === "undefined") return;
  redraw();
  let width = document.documentElement.clientWidth;
  addEventListener("resize", function () {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", function () { printing = true; redraw(); });
  addEventListener("afterprint", function () { printing = false; redraw(); });
})();
