import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { commandLine, quoted } from './command-line.ts'
import { printable } from './printable.ts'

it('names the file that this command was given, and quotes what a shell would read otherwise', () => {
  expect(commandLine({ config: undefined }, 'lag', '--link', 'east-west')).toBe('georep lag --link east-west')
  expect(commandLine({ config: './my file.yaml' }, 'lag')).toBe(`georep --config './my file.yaml' lag`)
  expect(commandLine({ config: undefined }, '--group', '*', `it's`)).toBe(`georep --group '*' 'it'\\''s'`)
  expect(commandLine({ config: undefined }, '')).toBe(`georep ''`)
})

it('has words that a terminal is not shown in a form that it is, and that a shell takes for the same', () => {
  expect(quoted('new\nline')).toBe(String.raw`$'new\x0aline'`)
  for (const word of ['new\nline', 'a\tb', "it's \u001b[31m\\red", '\u202ertl 0', '\u001bf', 'grüße', 'a$(x)`"\n']) {
    const text = quoted(word)
    expect(printable(text)).toBe(text)
    expect(execFileSync('bash', ['-c', `printf %s ${text}`], { encoding: 'utf8' })).toBe(word)
  }
})
