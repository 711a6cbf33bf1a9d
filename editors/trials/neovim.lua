-- Tries the server in Neovim: `nvim --headless --clean -u SNIPPET task.yaml -c 'luafile neovim.lua'`.

local RULE = "registry-credentials-missing"

local function check(holds, what)
  if not holds then
    io.stderr:write("neovim: this is not so: " .. what .. "\n")
    vim.cmd("cquit 1")
  end
end

local function rules(buffer)
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(buffer)) do
    found[one.code or one.user_data.lsp.code] = one
  end
  return found
end

local function becomes(what, holds)
  check(vim.wait(20000, holds, 20), what)
end

local task = vim.api.nvim_get_current_buf()
becomes("the finding is shown with its rule", function()
  return rules(task)[RULE] ~= nil
end)

-- What another document says, as it is typed.
vim.cmd("split ecs-lint.toml")
vim.bo.filetype = "toml"
vim.api.nvim_buf_set_lines(0, 0, -1, true, { "[rules]", RULE .. ' = "off"' })
becomes("another document takes the finding away", function()
  return rules(task)[RULE] == nil
end)
vim.api.nvim_buf_set_lines(0, 0, -1, true, {})
becomes("another document gives it back", function()
  return rules(task)[RULE] ~= nil
end)
vim.cmd("bwipeout!")

local finding = rules(task)[RULE]
vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col })
local title = "Ignore `" .. RULE .. "` here"
if vim.fn.has("nvim-0.8") == 1 then
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return vim.startswith(action.title, title)
    end,
  })
else
  -- The one that is chosen by hand.
  vim.ui.select = function(actions, options, choose)
    for _, action in ipairs(actions) do
      if vim.startswith(options.format_item(action), title) then
        choose(action)
      end
    end
  end
  vim.lsp.buf.code_action()
end
becomes("the finding is suppressed", function()
  return rules(task)[RULE] == nil
end)
check(table.concat(vim.api.nvim_buf_get_lines(task, 0, -1, true), "\n"):find("# ecs-lint: ignore", 1, true), "a comment was added")

local version = vim.version()
print(string.format("neovim: Neovim %d.%d.%d\n", version.major, version.minor, version.patch))
vim.cmd("qall!")
