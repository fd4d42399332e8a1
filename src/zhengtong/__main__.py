"""`python -m zhengtong` is `zhengtong`."""

from zhengtong.cli import main

if __name__ == "__main__":
    main()
