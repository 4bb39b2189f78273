import { expect, it } from 'vitest'
import { requireRunner } from './run-run.ts'

it('a link whose engine needs no runner is not run', () => {
  const engine = (needsRunner: boolean) =>
    ({ name: 'embedded', capabilities: { offsetMapping: 'identical', needsRunner, canReverse: true } }) as const
  requireRunner(engine(true), 'east-west')
  expect(() => { requireRunner(engine(false), 'east-west') }).toThrow('link "east-west" is not carried by a georep process') // prettier-ignore
})
