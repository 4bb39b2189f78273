import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { allCommands } from '../support/commands.ts'
import { parsed, run } from '../support/context.ts'

// Every command of the tree, as its `--help` shows it: what is true of one has to be true of all.

/** Verbs that change nothing: not a cluster, not a file. */
const reading = new Set([
  'acl list',
  'completion bash',
  'completion fish',
  'completion zsh',
  'config show',
  'config validate',
  'drill compare',
  'drill due',
  'drill report',
  'exposure',
  'history export',
  'history list',
  'history show',
  'history verify',
  'lag',
  'link describe',
  'link list',
  'mirror describe',
  'mirror list',
  'offset export',
  'offset show',
  'offset translate',
  'runbook list',
  'runbook plan',
  'runbook show',
  'runbook validate',
  'cluster describe',
  'cluster list',
  'sandbox status',
])

/** Verbs that act and have no `--dry-run`, with the reason. */
const withoutDryRun = new Map([
  ['link run', 'runs until it is stopped: what it would do is what `mirror list` shows'],
  ['drill', 'is the short form: `drill run` has it'],
  ['sandbox up', 'makes clusters of its own, on this machine'],
  ['sandbox down', 'removes clusters that georep made, on this machine'],
])

/** Options that say aloud what is done anyway. */
const withoutEffect = new Set([
  'drill --measure-rpo',
  ...['clamp', 'import', 'reset'].map((verb) => `offset ${verb} --dry-run`),
])

const commands = await allCommands()
const names = commands.map(({ path }) => path.join(' '))

describe.each(commands.map((each) => ({ name: ['georep', ...each.path].join(' '), ...each })))(
  '$name',
  ({ path, command }) => {
    const isVerb = hasAction(command)

    it('has a summary, a description and examples', async () => {
      const { code, out, err } = await run([...path, '--help'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      if (path.length > 0) {
        expect(command.summary()).toMatch(/^[a-z].*[^.]$/)
        expect(command.summary().length).toBeLessThanOrEqual(72)
      }
      expect(command.description()).toMatch(/\.$/)
      expect(out).toMatch(/\nExamples:\n(?: {2}# .*\n)? {2}\$ .*\bgeorep /)
    })

    it('shows examples of itself', async () => {
      const { out } = await run([...path, '--help'])
      const examples = out.split('\n').filter((line) => line.startsWith('  $ '))
      expect(examples.some((example) => example.includes(['georep', ...path].join(' ')))).toBe(true)
      const own = new RegExp(`\\bgeorep ${path[0] ?? ''}`)
      for (const example of examples) expect(example).toMatch(own)
    })

    it('is a noun, or a verb of one, in lower case words', () => {
      expect(path.length).toBeLessThanOrEqual(2)
      for (const word of path) expect(word).toMatch(/^[a-z]+(-[a-z]+)*$/)
    })

    it.runIf(isVerb)('shows with --dry-run what it would do, if it acts', () => {
      const name = path.join(' ')
      const hasDryRun = command.options.some(({ long }) => long === '--dry-run')
      expect({ name, hasDryRun }).toEqual({ name, hasDryRun: !reading.has(name) && !withoutDryRun.has(name) })
    })

    it('refuses an option that it does not have, with exit 2 and nothing run', async () => {
      const { code, err, options } = await parsed([...path, '--no-such-option'])
      expect({ code, options }).toEqual({ code: 2, options: undefined })
      expect(err).toMatch(/^error GR-USAGE: unknown option "--no-such-option"/)
      expect(err).toContain(`  next: ${['georep', ...path].join(' ')} --help\n`)
    })

    it('names every option in lower case words and explains it, without a full stop', () => {
      for (const option of command.options) {
        expect(option.long).toMatch(/^--[a-z]+(-[a-z]+)*$/)
        expect(option.description).toMatch(/^[^A-Z.].*[^.]$/)
      }
    })

    it('shows the default of an option as it would be typed', async () => {
      const { out } = await run([...path, '--help'])
      const help = out.replace(/\s+/g, ' ')
      for (const { long, defaultValue, defaultValueDescription, flags } of withDefaults(command.options)) {
        const shown = defaultValueDescription ?? JSON.stringify(defaultValue)
        expect(help).toContain(`default: ${shown})`)
        // Milliseconds and bytes are ours; what is typed has a unit.
        if (/<(duration|bytes|size|rate)>/.test(flags)) expect({ long, shown }).toEqual({ long, shown: expect.stringMatching(/\d[a-zA-Z]/) as string }) // prettier-ignore
      }
    })

    it('has no switch that is said to be off', async () => {
      expect((await run([...path, '--help'])).out).not.toContain('(default: false)')
    })

    it.runIf(isVerb && path.length > 0)('has no option without effect', () => {
      const ofNoun = sourceOf(path[0] ?? '')
      for (const option of command.options) {
        if (withoutEffect.has(`${path.join(' ')} ${option.long ?? ''}`)) continue
        const readers = readersOf(option.attributeName(), ofNoun)
        expect({ option: option.long, isRead: readers > 0 }).toEqual({ option: option.long, isRead: true })
      }
    })

    it('names the word that was meant by a slip', async () => {
      for (const child of command.commands.map((each) => each.name()).filter((name) => name.length > 3)) {
        if (!names.includes([...path, child].join(' '))) continue // hidden
        const slip = child.slice(0, -2) + child.slice(-1) + child.slice(-2, -1)
        if (slip === child) continue
        const { code, err } = await parsed([...path, slip])
        expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/did you mean "/) as string })
      }
      for (const { long } of command.options.filter((option) => (option.long ?? '').length > 6)) {
        const slip = long?.replace(/.$/, '') ?? ''
        const { code, err } = await parsed([...path, slip])
        expect({ slip, code }).toEqual({ slip, code: 2 })
        expect(err).toMatch(/unknown option ".*" \(did you mean "--/)
      }
    })
  },
)

it('has commands to walk, and no list here names one that is not there', () => {
  expect(commands.length).toBeGreaterThan(8)
  const verbs = commands.filter(({ command }) => hasAction(command)).map(({ path }) => path.join(' '))
  for (const name of withoutEffect) expect(verbs).toContain(name.split(' --')[0])
  for (const name of reading) expect(withoutDryRun.has(name)).toBe(false)
})

it.each([
  [['lnik'], 'unknown command "lnik" (did you mean "link"?)'],
  [['link', 'craete'], 'unknown command "craete" (did you mean "create"?)'],
  [['link', 'list', '--ouput', 'json'], 'unknown option "--ouput" (did you mean "--output"?)'],
  [['histroy', 'list'], 'unknown command "histroy" (did you mean "history"?)'],
  [['history', 'list', '--hitsory-dir', 'x'], 'unknown option "--hitsory-dir" (did you mean "--history-dir"?)'],
  [['link', 'list', '--confg', 'x'], 'unknown option "--confg" (did you mean "--config"?)'],
  [['complete'], 'unknown command "complete"'],
])('a slip: %j', async (argv, message) => {
  const { code, err } = await parsed(argv)
  expect({ code, first: err.split('\n')[0] }).toEqual({ code: 2, first: `error GR-USAGE: ${message}` })
})

/** A verb, or a noun that does something by itself: of those that do not, only the program has options. */
function hasAction({ commands: verbs, options, parent }: Command): boolean {
  return verbs.length === 0 || (options.length > 0 && parent !== null)
}

function withDefaults(options: readonly Option[]): readonly Option[] {
  return options.filter(({ defaultValue, negate }) => !negate && defaultValue !== undefined && defaultValue !== false)
}

/** The sources of a noun and of those whose code it uses, without tests. */
function sourceOf(noun: string): string {
  const own = textBelow(noun)
  const others = [...own.matchAll(/from '\.\.\/([a-z]+)\//g)].map(([, other = '']) => other)
  return [own, ...[...new Set(others)].map(textBelow)].join('\n')
}

function textBelow(noun: string): string {
  const folder = join(import.meta.dirname, '../../src/cli', noun)
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
}

/** How often an option's value is used: not where its type is declared, nor where its flag is. */
function readersOf(name: string, source: string): number {
  if (name === 'takeOver') return source.split('actOf(').length - 1 // which takes it out of all options
  const uses = source
    .split('\n')
    .filter((line) => !line.includes(`readonly ${name}`) && !line.includes("'--") && !/^ *(\/\/|\*)/.test(line))
  return uses.filter((line) => new RegExp(`\\b${name}\\b`).test(line)).length
}
