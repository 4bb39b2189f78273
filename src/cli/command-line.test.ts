import { expect, it } from 'vitest'
import { commandLine } from './command-line.ts'

it('names the file that this command was given, and quotes what a shell would read otherwise', () => {
  expect(commandLine({ config: undefined }, 'lag', '--link', 'east-west')).toBe('georep lag --link east-west')
  expect(commandLine({ config: './my file.yaml' }, 'lag')).toBe(`georep --config './my file.yaml' lag`)
  expect(commandLine({ config: undefined }, '--group', '*', `it's`)).toBe(`georep --group '*' 'it'\\''s'`)
  expect(commandLine({ config: undefined }, '')).toBe(`georep ''`)
})
