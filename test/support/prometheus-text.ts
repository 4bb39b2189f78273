// The text format of Prometheus, version 0.0.4, read by its specification and by the rules of `promtool check metrics` and of a node exporter's
// textfile collector. Shares nothing with what writes it.

export interface ReadFamily {
  readonly help: string
  readonly type: string
  readonly samples: readonly ReadSample[]
}

export interface ReadSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The families by name. @throws at the first thing that a collector would not take, or promtool complain about */
export function readPrometheusText(text: string): ReadonlyMap<string, ReadFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, { help: string; type: string; samples: ReadSample[] }>()
  const series = new Set<string>()
  let helped: { readonly name: string; readonly help: string } | undefined
  let open = ''
  for (const line of text.split('\n').slice(0, -1)) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
    if (help !== null) {
      if (families.has(help[1]!)) fail('a second HELP')
      helped = { name: help[1]!, help: unescaped(help[2]!, '\\n') }
      continue
    }
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter)$/.exec(line)
    if (type !== null) {
      if (helped?.name !== type[1]) fail('a TYPE without its HELP before it')
      if (type[1]!.endsWith('_total') !== (type[2] === 'counter')) fail('_total is for counters, and for all of them')
      open = type[1]!
      families.set(open, { help: helped!.help, type: type[2]!, samples: [] })
      continue
    }
    if (line.startsWith('#') || line === '') fail('neither HELP nor TYPE nor a sample')
    const { name, labels, rest } = sampleIn(line, fail)
    if (name !== open) fail(`not with its family (${open})`)
    if (!/^ (?:NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.test(rest)) fail('no value, or a time behind it')
    const key = JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))])
    if (series.has(key)) fail('the same series twice')
    series.add(key)
    families.get(open)!.samples.push({ labels, value: Number(rest.trim().replace('Inf', 'Infinity')) })
  }
  for (const [name, { samples }] of families) if (samples.length === 0) throw new Error(`${name} has no samples`)
  return families
}

function sampleIn(
  line: string,
  fail: (why: string) => never,
): { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly rest: string } {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? fail('no name')
  let at = name.length
  const labels: Record<string, string> = {}
  if (line[at] === '{') {
    at++
    while (line[at] !== '}') {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="/.exec(line.slice(at)) ?? fail('no label')
      at += label[0].length
      const from = at
      while (line[at] !== '"') {
        if (at >= line.length) fail('a label that does not end')
        at += line[at] === '\\' ? 2 : 1
      }
      if (Object.hasOwn(labels, label[1]!)) fail('the same label twice')
      labels[label[1]!] = unescaped(line.slice(from, at), '\\n"')
      at++
      if (line[at] === ',') at++
      else if (line[at] !== '}') fail('neither another label nor their end')
    }
    at++
  }
  return { name, labels, rest: line.slice(at) }
}

function unescaped(text: string, known: string): string {
  return text.replace(/\\(.?)/gs, (_, character: string) => {
    if (character === '' || !known.includes(character)) throw new Error(`\\${character} is no escape: ${text}`)
    return character === 'n' ? '\n' : character
  })
}
