/** All of them in order, so many at a time; the last portion may be smaller. */
export function portionsOf<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / most)
  return Array.from({ length: count }, (_, index) => all.slice(index * most, (index + 1) * most))
}
