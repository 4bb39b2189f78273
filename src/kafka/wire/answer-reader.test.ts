import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerBuffers } from './answer-buffers.ts'
import { AnswerReader } from './answer-reader.ts'

interface Seen {
  readonly answers: Buffer[]
  readonly refused: { readonly why: string; readonly start: Buffer }[]
}

/** What a reader makes of bytes that come in in pieces of these sizes, each as far as there is room for it. */
function read(bytes: Buffer, sizes: readonly number[]): Seen {
  const seen: Seen = { answers: [], refused: [] }
  const reader = new AnswerReader({
    buffers: new AnswerBuffers(),
    onAnswer: (answer) => seen.answers.push(answer),
    onMalformed: ({ message }, start) => seen.refused.push({ why: message, start }),
  })
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const place = reader.buffer()
    const count = bytes.copy(place, 0, at, at + Math.min(place.length, sizes[n % sizes.length] as number))
    reader.callback(count)
    at += count
  }
  return seen
}

function answerOf(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}

/** No two bytes near each other are the same. */
function patterned(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) % 251))
}

describe('what comes in', () => {
  it('is cut into the same answers, wherever the network cuts it', () => {
    const length = fc.oneof(fc.integer({ min: 4, max: 60 }), fc.integer({ min: 4, max: 300_000 }))
    const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 200_000 }))
    fc.assert(
      fc.property(
        fc.array(length, { minLength: 1, maxLength: 6 }),
        fc.array(size, { minLength: 1, maxLength: 5 }),
        (lengths, sizes) => {
          const answers = lengths.map((one) => answerOf(patterned(one)))
          const seen = read(Buffer.concat(answers), [...sizes, 100_000])
          expect(seen.refused).toEqual([])
          expect(seen.answers.map((one, index) => one.equals(answers[index] as Buffer))).toEqual(answers.map(() => true)) // prettier-ignore
        },
      ),
      { numRuns: 100 },
    )
  })

  it('of a large answer is read to where it stays', () => {
    const answers: Buffer[] = []
    const reader = new AnswerReader({ buffers: new AnswerBuffers(), onAnswer: (one) => answers.push(one), onMalformed: () => expect.unreachable() }) // prettier-ignore
    const large = answerOf(patterned(1_000_000))
    reader.callback(large.copy(reader.buffer(), 0, 0, 100))
    const place = reader.buffer()
    expect(place.length).toBe(large.length - 100)
    reader.callback(large.copy(place, 0, 100))
    expect(answers[0]?.buffer).toBe(place.buffer)
    expect(answers[0]?.equals(large)).toBe(true)
  })

  it.each([-1, 0, 3, 128 * 1024 * 1024 + 1, 0x7fffffff])('is no answer when it claims to have %i bytes', (claimed) => {
    const size = Buffer.alloc(4)
    size.writeInt32BE(claimed)
    const seen = read(Buffer.concat([answerOf(patterned(8)), size, patterned(100_000)]), [7])
    expect(seen.answers).toHaveLength(1)
    expect(seen.refused).toEqual([{ why: `an answer of ${claimed} bytes`, start: size }])
  })
})
