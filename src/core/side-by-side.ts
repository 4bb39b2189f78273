/** `body` for each item, at most `width` of them at a time. Results in the order of the items; the first rejection ends it. */
export async function sideBySide<T, R>(
  items: readonly T[],
  width: number,
  body: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      try {
        results[index] = await body(items[index] as T)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane))
  return results
}
