import { describe, expect, it } from 'vitest'
import { confirmTyped, requireConfirmable } from './confirm.ts'

const what = 'fail over topic "orders" to "west"'
const signal = new AbortController().signal
const asked = (answer: string): { questions: string[]; io: Parameters<typeof confirmTyped>[0]['io'] } => {
  const questions: string[] = []
  const ask = async (question: string): Promise<string> => {
    questions.push(question)
    return await Promise.resolve(answer)
  }
  return { questions, io: { canPrompt: true, ask } }
}
const noTerminal = { ...asked('orders').io, canPrompt: false }

describe('confirmTyped', () => {
  it('takes the flag, and does not ask', async () => {
    const { questions, io } = asked('')
    await confirmTyped({ what, expected: 'orders', given: 'orders', io }, { signal })
    await confirmTyped({ what, expected: 'orders', given: 'orders', io: noTerminal }, { signal })
    expect(questions).toEqual([])
  })
  it.each(['', 'Orders', 'orders ', 'yes'])('refuses the flag %j', async (given) => {
    const { questions, io } = asked('orders')
    await expect(confirmTyped({ what, expected: 'orders', given, io }, { signal })).rejects.toMatchObject({
      kind: 'refused',
      code: 'GR-CONFIRM-MISMATCH',
    })
    expect(questions).toEqual([])
  })
  it('refuses when it can neither ask nor was told', () => {
    expect(() => {
      requireConfirmable({ what, expected: 'orders', given: undefined, io: noTerminal })
    }).toThrow(
      expect.objectContaining({
        kind: 'refused',
        code: 'GR-CONFIRM-REQUIRED',
        next: expect.stringContaining('--confirm orders') as string,
      }),
    )
  })
  it.each([undefined, 'orders'])('tells what to paste where a shell would read a pattern, given %j', (given) => {
    const what = 'take pattern "orders-*" off link "east-west"'
    expect(() => {
      requireConfirmable({ what, expected: 'orders-*', given, io: noTerminal })
    }).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/ to take pattern "orders-\*" off link "east-west"$/) as string,
        next: "the same command with --confirm 'orders-*'",
      }),
    )
  })
  it('asks, and takes the name only', async () => {
    const { questions, io } = asked(' orders\t')
    await confirmTyped({ what, expected: 'orders', given: undefined, io }, { signal })
    expect(questions).toEqual(['To fail over topic "orders" to "west", type "orders":'])
  })
  it.each(['', 'y', 'yes', 'ORDERS'])('takes %j for a no', async (answer) => {
    const { io } = asked(answer)
    await expect(confirmTyped({ what, expected: 'orders', given: undefined, io }, { signal })).rejects.toMatchObject({
      kind: 'refused',
      code: 'GR-CONFIRM-DECLINED',
    })
  })
})
