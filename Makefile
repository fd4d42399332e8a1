# 政通 Zhengtong. Two commands matter: make run, make test. Needs Python ≥ 3.11, git and make; fetches the rest by itself.
SHELL := /bin/sh
PYTHON ?= python3
BOOT = @$(PYTHON) tools/bootstrap.py
PY = .venv/bin/python
ARGS ?=
UPGRADE ?=
.DEFAULT_GOAL := help
.PHONY: help run test check format engines engines-stop grown soak client web bench lock docs docs-serve reference size wheel clean

help: ## 列出命令 · this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name says; do printf '  make %-13s %s\n' "$$name" "$$says"; done

run: ## 启动云溪市演示 · start the demo city, http://localhost:8600
	$(BOOT) run
	@exec .venv/bin/zhengtong demo $(ARGS)

test: ## 全部测试（长时测试除外） · all tests but the long ones
	$(BOOT) dev
	@exec $(PY) -m tools.tests test $(ARGS)

check: ## 一分钟内的检查 · format, lint, types, contracts, architecture
	$(BOOT) dev
	@exec $(PY) -m tools.check $(ARGS)

format: ## 整理格式 · format and mend what can be mended
	$(BOOT) dev
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

engines: ## 安装并启动真实的 PostgreSQL、Kafka 和 Chromium · install and start the real servers
	$(BOOT) engines start

grown: ## 长大的城市：PostgreSQL、Kafka、Spark、四个验证者、nginx · the grown city (ARGS=down|status|erase)
	$(BOOT) dev
	@exec $(PY) -m tools.grown $(ARGS)

engines-stop: ## 停止 make engines 启动的服务 · stop what make engines started
	$(BOOT) engines stop

soak: ## 长时测试：断电、负载 · the long kill and load tests
	$(BOOT) dev
	@exec $(PY) -m tools.tests soak $(ARGS)

client: ## 更新前端的接口类型 · regenerate the front end's API types
	$(BOOT) dev
	@exec $(PY) -m tools.api_client

web: ## 只构建前端 · build the front end
	$(BOOT) run

bench: ## 性能测量 · run the benchmarks
	$(BOOT) dev
	@exec $(PY) -m tools.bench $(ARGS)

lock: ## 重新锁定依赖 · resolve the requirements again (UPGRADE=--upgrade)
	$(BOOT) dev
	@exec $(PY) -m tools.locks $(UPGRADE)

reference: ## 由代码生成参考页 · write the reference pages from the code
	$(BOOT) dev
	@exec $(PY) -m tools.reference

docs: ## 生成文档站 · build the manual into site/
	$(BOOT) dev
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet && echo "site/index.html"

docs-serve: ## 在浏览器里看文档 · read the manual at http://localhost:8000
	$(BOOT) dev
	@NO_MKDOCS_2_WARNING=1 exec $(PY) -m mkdocs serve

wheel: ## 打包 · build the wheel and the sdist into dist/
	$(BOOT) dev
	@exec $(PY) -m tools.wheel

size: ## 测量安装的时间和大小 · measure the core's installation
	$(BOOT) dev
	@exec $(PY) -m tools.install_size

clean: ## 清除生成物（保留数据） · remove what was built; data stay
	@rm -rf .venv .run/uv .run/node .run/node-bin dist build site web/node_modules src/zhengtong/static .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests tools benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
