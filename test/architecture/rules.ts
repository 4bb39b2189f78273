import type { Import, Source } from './imports.ts'

// The arrows of the design:
//   bin → cli → { engines/*, links, runbook, drill, history, report, sandbox, config } → kafka → core
// Beside kafka, for those that drive Kafka Connect, and for config, which says where it is: cli, engines, sandbox, config → connect → core.
// Inside the braces: runbook → links, drill → runbook, engines/* → links; drill and runbook see engines/engine.ts only.
// Below both files that people write, config and runbook: yaml → core.

const middle = ['links', 'runbook', 'drill', 'history', 'report', 'sandbox', 'config'] as const

const mayImport: Record<string, readonly string[]> = {
  bin: ['cli', 'core'],
  cli: ['cli', 'engines', ...middle, 'yaml', 'connect', 'kafka', 'core'],
  engines: ['engines', 'links', 'connect', 'kafka', 'core'],
  links: ['links', 'kafka', 'core'],
  runbook: ['runbook', 'links', 'engines', 'yaml', 'kafka', 'core'],
  drill: ['drill', 'runbook', 'engines', 'kafka', 'core'],
  history: ['history', 'kafka', 'core'],
  report: ['report', 'kafka', 'core'],
  sandbox: ['sandbox', 'connect', 'kafka', 'core'],
  config: ['config', 'yaml', 'connect', 'kafka', 'core'],
  yaml: ['yaml', 'core'],
  kafka: ['kafka', 'core'],
  connect: ['connect', 'core'],
  core: ['core'],
}

/** What each room of the embedded engine may see of the others. The files beside them put them together. */
const roomsOfEmbedded: Record<string, readonly string[]> = {
  holes: [],
  carry: ['holes'],
  mirrors: ['carry', 'holes'],
  switch: ['mirrors', 'carry'],
  back: ['mirrors', 'carry'],
  run: ['mirrors', 'carry', 'holes'],
}

/** Everything that breaks a rule, one sentence each. */
export function violations(sources: readonly Source[]): readonly string[] {
  return [
    ...sources.flatMap(arrowViolations),
    ...sources.flatMap(roomViolations),
    ...sources.flatMap(packageViolations),
    ...sources.flatMap(processViolations),
    ...internalsViolations(sources),
    ...lightViolations(sources),
    ...circleViolations(sources),
  ]
}

function arrowViolations({ file, imports }: Source): readonly string[] {
  const from = areaOf(file)
  const allowed = mayImport[from]
  if (allowed === undefined) return [`${file} lies in no folder of the design`]
  return imports
    .filter((each) => each.isOurs)
    .flatMap(({ target }) => {
      const to = areaOf(target)
      if (!allowed.includes(to)) return [`${file} imports ${target}: ${from} must not see ${to}`]
      if (to !== 'engines' || from === 'cli' || target === 'engines/engine.ts') return []
      if (from !== 'engines') return [`${file} imports ${target}: of the engines it may see engines/engine.ts only`]
      const [own, other] = [file, target].map((each) => each.split('/').slice(1, -1)[0])
      // What lies in engines/ itself is the port.
      return own === other || other === undefined
        ? []
        : [`${file} imports ${target}: an engine must not import another`]
    })
}

function roomViolations({ file, imports }: Source): readonly string[] {
  const own = roomOf(file)
  if (own === undefined) return []
  const allowed = roomsOfEmbedded[own]
  if (allowed === undefined) return [`${file} lies in no room of the embedded engine`]
  return imports.flatMap(({ target }) => {
    const other = target.startsWith('engines/embedded/') ? (roomOf(target) ?? 'what puts the rooms together') : own
    return other === own || allowed.includes(other) ? [] : [`${file} imports ${target}: ${own} must not see ${other}`]
  })
}

/** Undefined of what lies beside the rooms, or elsewhere. */
function roomOf(file: string): string | undefined {
  return /^engines\/embedded\/([^/]+)\//.exec(file)?.[1]
}

function processViolations({ file, imports, identifiers }: Source): readonly string[] {
  const isTouched = identifiers.has('process') || imports.some(({ target }) => /^(node:)?process$/.test(target))
  return isTouched && file !== 'bin.ts' ? [`${file} touches process; only bin.ts may`] : []
}

function packageViolations({ file, imports }: Source): readonly string[] {
  const packages = imports.filter((each) => !each.isOurs)
  const area = areaOf(file)
  if (area === 'core')
    return packages.map(({ target }) => `${file} imports ${target}: core imports nothing outside core`)
  const refused = packages.filter(({ target }) => {
    if (target.startsWith('kafkajs/')) return area !== 'kafka'
    if (target === 'kafkajs') return area !== 'kafka' && area !== 'drill' // a canary is an ordinary client
    const isTerminal = ['commander', 'chalk', 'ora', 'inquirer', 'cli-table3'].includes(target)
    return isTerminal && area !== 'cli'
  })
  return refused.map(
    ({ target }) =>
      `${file} imports ${target}: ${target.startsWith('kafkajs') ? 'only kafka and the canaries of drill know kafkajs' : 'only cli knows a terminal'}`,
  )
}

function internalsViolations(sources: readonly Source[]): readonly string[] {
  const files = sources
    .filter(({ imports }) => imports.some(({ target, isOurs }) => !isOurs && target.startsWith('kafkajs/')))
    .map(({ file }) => file)
  return files.length <= 1 ? [] : [`${files.join(', ')} touch the internals of kafkajs: exactly one file may`]
}

/** What every command loads before it knows what it is, `georep --help` included, and what declaring any verb loads. */
function lightViolations(sources: readonly Source[]): readonly string[] {
  const byFile = new Map(sources.map((source) => [source.file, source]))
  const roots = [
    'bin.ts',
    ...sources.flatMap(({ file, imports }) =>
      file === 'cli/program.ts' ? imports.filter((each) => each.isDynamic).map((each) => each.target) : [],
    ),
  ]
  return roots.flatMap((root) => {
    if (!byFile.has(root)) return []
    const seen = new Set<string>([root])
    const bad: string[] = []
    for (const file of seen) {
      for (const each of byFile.get(file)?.imports.filter(isLoadedAtOnce) ?? []) {
        if (each.isOurs) seen.add(each.target)
        else if (each.target !== 'commander' && !each.target.startsWith('node:'))
          bad.push(`${root} loads ${each.target} through ${file}: import it where a verb is run`)
      }
    }
    return bad
  })
}

function isLoadedAtOnce({ isType, isDynamic }: Import): boolean {
  return !isType && !isDynamic
}

/** The first folder below src; of a file in src itself, its name. */
function areaOf(file: string): string {
  const [first = ''] = file.split('/')
  return first.replace(/\.ts$/, '')
}

/** Whoever reads a file can go on downwards: of types alone, and what is loaded late, is no way up either. */
function circleViolations(sources: readonly Source[]): readonly string[] {
  const targets = new Map(sources.map(({ file, imports }) => [file, imports.filter(({ isOurs }) => isOurs).map(({ target }) => target)])) // prettier-ignore
  const done = new Set<string>()
  const found: string[] = []
  const walk = (file: string, way: readonly string[]): void => {
    const since = way.indexOf(file)
    if (since >= 0) found.push(`${[...way.slice(since), file].join(' → ')} is a circle`)
    if (since >= 0 || done.has(file)) return
    for (const target of targets.get(file) ?? []) walk(target, [...way, file])
    done.add(file)
  }
  for (const { file } of sources) walk(file, [])
  return found
}
