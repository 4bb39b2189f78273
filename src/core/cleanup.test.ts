import { describe, expect, it } from 'vitest'
import { Cleanup } from './cleanup.ts'
import { failuresOf } from './errors.ts'

describe('cleanup', () => {
  it('undoes last first, waits for each, and once', async () => {
    const done: string[] = []
    const cleanup = new Cleanup()
    cleanup.defer(() => { done.push('first') }) // prettier-ignore
    const value = cleanup.adopt({ name: 'second' }, async ({ name }) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      done.push(name)
    })
    expect(value).toEqual({ name: 'second' })
    cleanup.defer(() => { done.push('third') }) // prettier-ignore
    await cleanup[Symbol.asyncDispose]()
    expect(done).toEqual(['third', 'second', 'first'])
    await cleanup[Symbol.asyncDispose]()
    expect(done).toHaveLength(3)
  })

  it('undoes the rest when a part fails, and throws the first failure', async () => {
    const done: string[] = []
    const cleanup = new Cleanup()
    cleanup.defer(() => { done.push('first') }) // prettier-ignore
    cleanup.defer(() => { throw new Error('late failure') }) // prettier-ignore
    cleanup.defer(async () => { await Promise.reject(new Error('early failure')) }) // prettier-ignore
    await expect(cleanup[Symbol.asyncDispose]()).rejects.toThrow('early failure')
    expect(done).toEqual(['first'])
  })

  it('undoes what is added while it undoes', async () => {
    const done: string[] = []
    const cleanup = new Cleanup()
    cleanup.defer(() => {
      cleanup.defer(() => { done.push('added') }) // prettier-ignore
    })
    await cleanup[Symbol.asyncDispose]()
    expect(done).toEqual(['added'])
  })

  it('keeps the error of the work, with its own beside it', async () => {
    const work = async (): Promise<void> => {
      await using cleanup = new Cleanup()
      cleanup.defer(() => { throw new Error('of the cleanup') }) // prettier-ignore
      throw new Error('of the work')
    }
    const { work: first, cleanup } = failuresOf(await work().catch((error: unknown) => error))
    expect({ first, cleanup }).toMatchObject({ first: { message: 'of the work' }, cleanup: [{ message: 'of the cleanup' }] }) // prettier-ignore
    const plain = new Error('alone')
    expect(failuresOf(plain)).toEqual({ work: plain, cleanup: [] })
  })
})
