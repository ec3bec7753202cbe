import { cp, mkdir, writeFile } from 'node:fs/promises'
