import { expect, it } from 'vitest'
import { run } from '../../../test/support/context.ts'
import { groupFlags } from './clamp-run.ts'

it('the command that goes on names each group so that one with a dash is no option', async () => {
  const words = groupFlags({ group: ['orders-app', '-lead', '--odd'] })
  expect(words).toEqual(['--group', 'orders-app', '--group', '-lead', '--group', '--odd'])
  expect(groupFlags({ group: undefined })).toEqual([])
  const { err } = await run(['offset', 'clamp', '--link', 'east-west', ...words, '--plan', 'p', '--apply'])
  expect(err).toContain('--plan and --apply exclude each other')
})
