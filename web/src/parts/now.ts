import { ref } from 'vue'

/** How far the server's clock is ahead of this machine's, in ms: sessions end by the server's, and a demo's can be moved on. */
export const ahead = ref(0)

/** This moment by the city's clock. */
export const cityNow = () => Date.now() + ahead.value
