import { queueTask } from './tasks.js'

/** localStorage or sessionStorage, as one tab sees it. */
export type StorageArea = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** What is stored, and who hears of changes. */
export class Items {
  readonly #items = new Map<string, string>()
  readonly #tabs = new Map<object, (key: string, newValue: string | null) => void>()

  /** What is stored as `tab` sees it, which hears of what the others change. */
  areaFor(tab: object, onChange: (key: string, newValue: string | null) => void): StorageArea {
    this.#tabs.set(tab, onChange)
    return {
      getItem: key => this.#items.get(String(key)) ?? null,
      setItem: (key, value) => {
        if (this.#items.get(String(key)) === String(value)) return
        this.#items.set(String(key), String(value))
        this.#tell(tab, String(key), String(value))
      },
      removeItem: key => {
        if (this.#items.delete(String(key))) this.#tell(tab, String(key), null)
      },
    }
  }

  leave(tab: object): void {
    this.#tabs.delete(tab)
  }

  #tell(from: object, key: string, newValue: string | null): void {
    for (const tab of this.#tabs.keys()) {
      if (tab !== from) queueTask(() => this.#tabs.get(tab)?.(key, newValue))
    }
  }
}
