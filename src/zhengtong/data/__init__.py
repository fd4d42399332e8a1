"""数据中台: data comes in, is judged, listed and linked."""
