/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live page: asks for /state.json each second, and draws what changed between two answers as rates of simulated time. */
'use strict';
(function () {
    const $ = id => document.getElementById(id);
    let topology = null, last = null, failures = 0;

    function make(name, text, style) {
        const e = document.createElement(name);
        if (text !== undefined)
            e.textContent = text;
        if (style)
            e.className = style;
        return e;
    }

    function scaled(value, unit) {
        const steps = ['', 'K', 'M', 'G', 'T'];
        let i = 0;
        while (value >= 1000 && i < steps.length - 1) {
            value /= 1000;
            i++;
        }
        return (i && value < 100 ? value.toFixed(1) : Math.round(value)) + ' ' + steps[i] + unit;
    }

    function time(ns) {
        if (ns === null)
            return '';
        if (ns >= 1e9)
            return (ns / 1e9).toFixed(3) + ' s';
        if (ns >= 1e6)
            return (ns / 1e6).toFixed(3) + ' ms';
        return ns >= 1e3 ? (ns / 1e3).toFixed(3) + ' µs' : ns + ' ns';
    }

    /* ---- rates between two answers ---- */

    function rate(now, before, seconds) {
        return seconds > 0 ? Math.max(0, (now || 0) - (before || 0)) / seconds : 0;
    }

    function counter(state, owner, name) {
        const of = state && state.counters && state.counters[owner];
        return of && of[name] || 0;
    }

    function rates(state, owner, names) {
        const seconds = last ? (state.status.now_ns - last.status.now_ns) / 1e9 : 0;
        return names.map(name => rate(counter(state, owner, name), counter(last, owner, name), seconds));
    }

    /* ---- parts ---- */

    function row(cells, head) {
        const tr = make('tr');
        for (const cell of cells)
            tr.append(make(head ? 'th' : 'td', cell, typeof cell === 'number' || /^[\d.]+ ?\S*$/.test(cell) ? 'number' : 'text'));
        return tr;
    }

    function table(id, head, rows, none) {
        const body = rows.length ? [row(head, true), ...rows.map(cells => row(cells))] : [row([none])];
        $(id).replaceChildren(...body);
    }

    function port(name, left, right, share, style) {
        const p = make('div', undefined, 'port'), line = make('div'), meter = make('div', undefined, 'meter'), bar = make('i');
        line.append(make('b', name), make('span', left), make('span', right));
        bar.className = style || '';
        bar.style.width = Math.min(100, 100 * share) + '%';
        meter.append(bar);
        p.append(line, meter);
        return p;
    }

    function functionPort(state, owner, label, full) {
        const [rxBytes, txBytes, rx, tx] = rates(state, owner, ['rx_bytes', 'tx_bytes', 'rx_packets', 'tx_packets']);
        const bits = 8 * Math.max(rxBytes, txBytes);
        return port(label, '↓ ' + scaled(8 * rxBytes, 'b/s') + ' ' + scaled(rx, '/s'),
                    '↑ ' + scaled(8 * txBytes, 'b/s') + ' ' + scaled(tx, '/s'), full ? bits / full : 0,
                    label === 'pf' ? '' : 'vf');
    }

    function nicCard(state, node) {
        const card = make('div', undefined, 'card'), head = make('h3', node.name + ' ');
        const link = topology.links.find(l => (l.a === node.name || l.b === node.name) && l.bps);
        head.append(make('small', node.what));
        card.append(head);
        for (const owner of Object.keys(state.counters || {}))
            if (owner.startsWith(node.name + ' ') && !owner.endsWith(' link'))
                card.append(functionPort(state, owner, owner.slice(node.name.length + 1), link ? link.bps : 1e10));
        return card;
    }

    function vmPort(state, node) {
        const [rx, tx, rxVf, txVf] = rates(state, node.name, ['frames_received', 'frames_sent', 'received_on_vf', 'sent_on_vf']);
        const all = rx + tx, vf = rxVf + txVf;
        const way = !all ? '' : vf >= all / 2 ? ', on its VF' : ', emulated';
        return port(node.name, '↓ ' + scaled(rx, 'frames/s'), '↑ ' + scaled(tx, 'frames/s') + way, all ? 1 : 0,
                    vf >= all / 2 ? 'vf' : 'emulated');
    }

    function places(state) {
        const cards = [];
        for (const host of topology.nodes.filter(n => n.kind === 'host')) {
            const card = make('div', undefined, 'card'), head = make('h3', 'host ' + host.name + ' ');
            head.append(make('small', host.what || ''));
            card.append(head);
            for (const vm of topology.nodes.filter(n => n.kind === 'vm' && n.in === host.name))
                card.append(vmPort(state, vm));
            cards.push(card);
            for (const nic of topology.nodes.filter(n => n.kind === 'nic' && n.in === host.name))
                cards.push(nicCard(state, nic));
        }
        const outside = make('div', undefined, 'card');
        outside.append(make('h3', 'outside'));
        for (const node of topology.nodes.filter(n => n.kind === 'switch' || n.kind === 'peer')) {
            const ends = topology.links.filter(l => l.a === node.name || l.b === node.name)
                .map(l => l.a === node.name ? l.b : l.a);
            outside.append(port(node.name, node.kind, ends.length ? '– ' + ends.join(', ') : '', 0));
        }
        cards.push(outside);
        $('places').replaceChildren(...cards);
    }

    function flows(state) {
        const seconds = last ? (state.status.now_ns - last.status.now_ns) / 1e9 : 0;
        const before = new Map((last ? last.flows : []).map(f => [f.name, f]));
        table('flow-table', ['flow', 'offered', 'delivered', 'sent', 'lost', 'dup', 'reord', 'p50', 'p99', 'blackout'],
              state.flows.map(f => {
                  const b = before.get(f.name) || f;
                  return [f.name, scaled(8 * rate(f.bytes_sent, b.bytes_sent, seconds), 'b/s'),
                          scaled(8 * rate(f.bytes_delivered, b.bytes_delivered, seconds), 'b/s'), f.sent, f.lost, f.duplicated,
                          f.reordered, time(f.p50_ns), time(f.p99_ns), time(f.blackout_ns)];
              }), 'no frame belongs to a flow yet');
    }

    function drops(state) {
        const byReason = new Map();
        for (const d of state.drops) {
            const sum = byReason.get(d.reason) || {copies: 0, places: [], meaning: d.meaning};
            sum.copies += d.copies;
            sum.places.push(d.place + ' ' + d.copies);
            byReason.set(d.reason, sum);
        }
        table('drop-table', ['reason', 'copies', 'where', 'what it means'],
              [...byReason].map(([reason, sum]) => [reason, sum.copies, sum.places.join(', '), sum.meaning]),
              'nothing has been dropped');
    }

    function events(state) {
        const items = state.events.slice().reverse().map(e => {
            const li = make('li');
            li.append(make('time', time(e.at_ns)), document.createTextNode(e.who + ' > ' + e.text));
            return li;
        });
        $('event-list').replaceChildren(...(items.length ? items : [make('li', 'none yet')]));
    }

    function rings(state) {
        const rows = [];
        for (const [who, of] of Object.entries(state.rings))
            for (const name of Object.keys(of).filter(n => n.endsWith('.head'))) {
                const ring = name.slice(0, -5), tail = of[ring + '.tail'];
                const before = last && last.rings[who] ? last.rings[who][name] : undefined;
                rows.push([who, ring, of[name], tail === undefined ? '' : tail, before !== undefined && before !== of[name] ? 'moves' : 'still']);
            }
        table('ring-table', ['who', 'ring', 'head', 'tail', ''], rows, 'no ring has been set up');
    }

    function facts(state) {
        const s = state.status, said = [['simulated', time(s.now_ns)], ['behind', time(s.behind_ns)], ['at most', time(s.worst_ns)]];
        if (s.given_up_ns)
            said.push(['given up', time(s.given_up_ns)]);
        $('title').textContent = s.title || s.scenario;
        $('facts').replaceChildren(...said.map(([what, value]) => {
            const li = make('li', what + ' ');
            li.append(make('b', value));
            return li;
        }));
        const slow = s.given_up_ns > (last ? last.status.given_up_ns : s.given_up_ns);
        $('state').textContent = slow ? 'can’t keep up' : 'live';
        $('state').className = slow ? 'verdict bad' : 'verdict';
    }

    /* ---- each second ---- */

    async function json(path) {
        const answer = await fetch(path, {cache: 'no-store'});
        if (!answer.ok)
            throw new Error(answer.status);
        return answer.json();
    }

    async function look() {
        try {
            topology = topology || await json('/topology.json');
            const state = await json('/state.json');
            failures = 0;
            if (!last || state.status.now_ns > last.status.now_ns) { // the same answer again has no rates
                for (const part of [facts, places, flows, drops, events, rings])
                    part(state);
                last = state;
            }
            document.body.dataset.looks = Number(document.body.dataset.looks || 0) + 1;
        } catch (e) {
            failures++;
            $('state').textContent = 'over, or out of reach';
            $('state').className = 'verdict stale';
        }
        setTimeout(look, failures ? 5000 : 1000);
    }

    /* ---- an act, for who came with the token ---- */

    const token = /^#[0-9a-f]{32}$/.test(location.hash) ? location.hash.slice(1) : '';
    if (token) {
        history.replaceState(null, '', '/');
        $('act').hidden = false;
        $('act').addEventListener('submit', async e => {
            e.preventDefault();
            $('answer').textContent = '…';
            try {
                const answer = await fetch('/act', {method: 'POST', body: $('line').value, headers: {Authorization: 'Bearer ' + token}});
                $('answer').textContent = JSON.stringify(await answer.json(), null, 1);
            } catch (error) {
                $('answer').textContent = 'no answer';
            }
        });
    }
    look();
})();
