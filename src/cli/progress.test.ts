import { expect, it } from 'vitest'
import { openProgress } from './progress.ts'

it('prints plain lines where there is no terminal, and each once', async () => {
  let err = ''
  const progress = await openProgress({
    isErrTerminal: false,
    hasColor: false,
    err: (text) => {
      err += text
    },
  })
  progress.step('starting east')
  progress.done()
  progress.step('starting west')
  progress.note('port 9092\u001b[2J')
  progress.done('west is up')
  progress.step('linking')
  progress.fail()
  expect(err).toBe('starting east\nstarting west\nport 9092\\x1b[2J\nwest is up\nlinking\nfailed: linking\n')
})
