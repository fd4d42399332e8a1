import en from './words/en'
import zh from './words/zh'

export default { zh, en }
