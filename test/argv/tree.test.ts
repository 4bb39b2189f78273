import { describe, expect, it } from 'vitest'
import { allCommands } from '../support/commands.ts'
import { parsed, run } from '../support/context.ts'

const commands = await allCommands()

describe.each(commands.map((each) => ({ name: ['georep', ...each.path].join(' '), ...each })))(
  '$name',
  ({ path, command }) => {
    it('has a summary, a description and examples', async () => {
      const { code, out, err } = await run([...path, '--help'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      if (path.length > 0) expect(command.summary()).toMatch(/^[a-z].*[^.]$/)
      expect(command.description()).toMatch(/\.$/)
      expect(out).toMatch(/\nExamples:\n(?: {2}# .*\n)? {2}\$ georep /)
    })

    it('shows examples of itself', async () => {
      const { out } = await run([...path, '--help'])
      const examples = out.split('\n').filter((line) => line.startsWith('  $ '))
      for (const example of examples) expect(example).toContain(['georep', ...path].join(' '))
    })

    it('refuses an option that it does not have, with exit 2 and nothing run', async () => {
      const { code, err, options } = await parsed([...path, '--no-such-option'])
      expect({ code, options }).toEqual({ code: 2, options: undefined })
      expect(err).toMatch(/^error GR-USAGE: unknown option "--no-such-option"/)
      expect(err).toContain(`  next: ${['georep', ...path].join(' ')} --help\n`)
    })

    it('names every option in lower case words and explains it', () => {
      for (const option of command.options) {
        expect(option.long).toMatch(/^--[a-z]+(-[a-z]+)*$/)
        expect(option.description).not.toBe('')
      }
    })
  },
)

it('has commands to walk', () => {
  expect(commands.length).toBeGreaterThan(8)
})
