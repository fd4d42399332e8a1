/// <reference types="vite/client" />
declare const __GALLERY__: boolean
declare module '*.css'
declare module '@fontsource/noto-serif-sc/700.css'
