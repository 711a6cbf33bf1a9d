" Tries the server in Vim with ALE: vim -es -u NONE -S SNIPPET -S vim.vim task.yaml

let s:rule = 'registry-credentials-missing'

function! s:Findings(buffer) abort
  return filter(copy(ale#engine#GetLoclist(a:buffer)), {_, one -> get(one, 'code', '') ==# s:rule})
endfunction

function! s:Until(what, Holds) abort
  let l:count = 0
  while !a:Holds()
    if l:count >= 200
      call writefile(['', 'vim: this is not so: ' . a:what], '/dev/stderr', 'a')
      cquit
    endif
    sleep 100m
    let l:count += 1
  endwhile
endfunction

let s:task = bufnr('')
ALELint
call s:Until('the finding is shown with its rule', {-> len(s:Findings(s:task)) == 1})

split ecs-lint.toml
setfiletype toml
call setline(1, ['[rules]', s:rule . ' = "off"'])
ALELint
call s:Until('another document takes the finding away', {-> empty(s:Findings(s:task))})
%delete
ALELint
call s:Until('another document gives it back', {-> len(s:Findings(s:task)) == 1})
bwipeout!

call cursor(s:Findings(s:task)[0].lnum, s:Findings(s:task)[0].col)
" ALE shows a numbered list, and asks for the number.
runtime autoload/ale/util.vim
function! ale#util#Input(message, value, ...) abort
  return matchstr(a:message, '\d\+\ze) Ignore `' . s:rule . '` here')
endfunction
ALECodeAction
call s:Until('a comment is added', {-> search('# ecs-lint: ignore', 'n') > 0})
ALELint
call s:Until('the finding is suppressed', {-> empty(s:Findings(s:task))})

let s:version = v:version / 100 . '.' . v:version % 100
call writefile(['', 'vim: Vim ' . s:version . ' with ALE'], '/dev/stderr', 'a')
qall!
