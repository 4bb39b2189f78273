import { Command } from 'commander'
import type { Context } from './context.ts'
import type { AddNoun, Perform } from './wiring.ts'

// How a command is added. `georep --help` has to be quick, so what it loads is light and few:
//
//   program.ts             this table: one row per noun, with a loader
//   <noun>/<noun>.ts       exports add<Noun>(noun, perform): description, examples, and one call of add<Noun><Verb> per
//                          verb (or the noun's own options and action, as `drill` and `lag` have). Loaded when the noun
//                          is in argv.
//   <noun>/<verb>.ts       exports interface <Noun><Verb>Options and add<Noun><Verb>(noun, perform): arguments, options,
//                          parsers (args.ts), examples. LIGHT: imports options.ts, args.ts, commander and types only.
//                          Its action is one call:
//                            perform(async () => (await import('./<verb>-run.ts')).run<Noun><Verb>, { ...options })
//   <noun>/<verb>-run.ts   exports run<Noun><Verb>(options, context): Promise<ExitCode>, and render<Noun><Verb> where
//                          the text is long. Heavy imports (kafkajs, zod, yaml, cli-table3, chalk) are fine here.
//
// test/architecture/arrows.test.ts holds the light part light.

interface Noun {
  readonly name: string
  readonly group: string
  readonly summary: string
  readonly load: () => Promise<AddNoun>
}

export const nouns: readonly Noun[] = [
  {
    name: 'link',
    group: 'Links:',
    summary: 'create, run and describe replication links',
    load: async () => (await import('./link/link.ts')).addLink,
  },
  {
    name: 'mirror',
    group: 'Links:',
    summary: 'create mirror topics, list them, fail over to them',
    load: async () => (await import('./mirror/mirror.ts')).addMirror,
  },
  {
    name: 'acl',
    group: 'Links:',
    summary: 'compare the ACLs of a link on both sides, and bring them over',
    load: async () => (await import('./acl/acl.ts')).addAcl,
  },
  {
    name: 'offset',
    group: 'Offsets:',
    summary: 'bring committed offsets of consumer groups in line with a mirror',
    load: async () => (await import('./offset/offset.ts')).addOffset,
  },
  {
    name: 'lag',
    group: 'Offsets:',
    summary: 'show how far mirrors and their groups are behind',
    load: async () => (await import('./lag/lag.ts')).addLag,
  },
  {
    name: 'exposure',
    group: 'Offsets:',
    summary: 'show what would be lost if the source died now',
    load: async () => (await import('./exposure/exposure.ts')).addExposure,
  },
  {
    name: 'drill',
    group: 'Drills:',
    summary: 'exercise a failover and measure RTO and RPO',
    load: async () => (await import('./drill/drill.ts')).addDrill,
  },
  {
    name: 'runbook',
    group: 'Drills:',
    summary: 'plan, run, resume and abort switchovers and failovers by script',
    load: async () => (await import('./runbook/runbook.ts')).addRunbook,
  },
  {
    name: 'history',
    group: 'Drills:',
    summary: 'list, show, verify, export and prune the records of past runs',
    load: async () => (await import('./history/history.ts')).addHistory,
  },
  {
    name: 'cluster',
    group: 'Setup:',
    summary: 'show the clusters, and what they permit georep',
    load: async () => (await import('./cluster/cluster.ts')).addCluster,
  },
  {
    name: 'config',
    group: 'Setup:',
    summary: 'check and show georep.yaml',
    load: async () => (await import('./config/config.ts')).addConfig,
  },
  {
    name: 'sandbox',
    group: 'Setup:',
    summary: 'run two Kafka clusters on this machine to try things on',
    load: async () => (await import('./sandbox/sandbox.ts')).addSandbox,
  },
  {
    name: 'completion',
    group: 'Setup:',
    summary: 'print a completion script for bash, zsh or fish',
    load: async () => (await import('./completion/completion.ts')).addCompletion,
  },
]

export interface ProgramOptions {
  readonly context: Pick<Context, 'io' | 'version'>
  readonly perform: Perform
  /** Gets what commander would print about an error: the help of a noun that was given no verb. */
  readonly writeErr: (text: string) => void
  /** Whether the noun's verbs are declared, or only its name. */
  readonly isWanted: (noun: string) => boolean
}

/** The command tree. `exitOverride` is inherited, so nothing in it ends the process. */
export async function buildProgram({ context, perform, writeErr, isWanted }: ProgramOptions): Promise<Command> {
  const program = new Command('georep')
    // Settings are copied when a child is made, so these come before any `command()`.
    .exitOverride()
    .configureOutput({
      writeOut: context.io.out,
      writeErr,
      outputError: () => undefined, // main says it, in the form that every error has
      getOutHelpWidth: () => helpWidth(context.io.columns),
      getErrHelpWidth: () => helpWidth(context.io.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: false })
    .helpOption('-h, --help', 'show this help')
    .usage('<command> [options]')
    .description('Run Apache Kafka in more than one region: replicate, fail over, and prove by drill what that costs.')
    .version(context.version, '--version', 'print the version')
    .option('--config <file>', 'the georep.yaml to use (also: GEOREP_CONFIG; else searched upwards from here)')
    .option('--no-color', 'print without colour (also: NO_COLOR)')
    .helpCommand(false) // main turns `georep help x` into `georep x --help`
    .addHelpText('after', topHelp)

  for (const { name, group, summary, load } of nouns) {
    const noun = program.command(name).summary(summary).helpGroup(group).helpCommand(false)
    if (isWanted(name)) (await load())(noun, perform)
  }
  return program
}

/** The deepest command that argv names, and the word after it when that is where a verb should be and is none. */
export function commandOf(
  program: Command,
  argv: readonly string[],
): { command: Command; unknown: string | undefined } {
  const withValue = new Set(program.options.filter((option) => option.required).map((option) => option.long))
  const known = new Set(['--help', '-h', ...program.options.map((option) => option.long)])
  let command = program
  for (const [index, word] of argv.entries()) {
    if (word === '--' || command.commands.length === 0) break
    if (withValue.has(argv[index - 1])) continue
    if (word.startsWith('-')) {
      if (!known.has(word.split('=', 1)[0])) break // the next word may be its value
      continue
    }
    const child = command.commands.find((each) => each.name() === word || each.aliases().includes(word))
    if (child === undefined) return { command, unknown: word }
    command = child
  }
  return { command, unknown: undefined }
}

function helpWidth(columns: number | undefined): number {
  return Math.max(60, Math.min(columns ?? 100, 120))
}

const topHelp = `
Examples:
  # two Kafka clusters on this machine, a region killed, RTO and RPO measured
  $ georep drill --sandbox --measure-rpo
  # the same by hand, on clusters named in georep.yaml
  $ georep link create east-west
  $ georep mirror create orders --link east-west

Exit codes:
  0 done   1 failed   2 usage or configuration   3 limit or objective missed   4 could not be determined
  5 refused, nothing changed   6 incomplete   7 held by someone else   8 still going on   130/143 interrupted`
