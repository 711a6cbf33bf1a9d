;;; Tries the server in Emacs: emacs -Q --batch -f package-activate-all -l SNIPPET -l emacs.el  -*- lexical-binding: t -*-

(defconst trial-rule "registry-credentials-missing")

(defun trial-until (what holds)
  "Wait until HOLDS, and fail, saying WHAT, when it does not."
  (with-timeout (20 (message "emacs: this is not so: %s" what) (kill-emacs 1))
    (while (not (funcall holds))
      ;; Without a terminal, nobody moves the pointer, which makes Flymake look.
      (when flymake-mode (flymake-start))
      (accept-process-output nil 0.1))))

(defun trial-finding ()
  "The finding of the rule in this buffer."
  (cl-find-if (lambda (one) (string-search (format "[%s]" trial-rule) (flymake-diagnostic-text one)))
              (flymake-diagnostics)))

(setq eglot-sync-connect 20)
(find-file "task.yaml")
;; Where a command would end.
(run-hooks 'post-command-hook)
(trial-until "the finding is shown with its rule" #'trial-finding)

(let ((task (current-buffer)))
  (cl-flet ((gone () (with-current-buffer task (not (trial-finding)))))
    (find-file "ecs-lint.toml")
    (run-hooks 'post-command-hook)
    (insert "[rules]\n" trial-rule " = \"off\"\n")
    (eglot--signal-textDocument/didChange)
    (set-buffer task)
    (trial-until "another document takes the finding away" #'gone)
    (with-current-buffer "ecs-lint.toml"
      (erase-buffer)
      (eglot--signal-textDocument/didChange))
    (trial-until "another document gives it back" #'trial-finding)

    (goto-char (flymake-diagnostic-beg (trial-finding)))
    (let ((last-nonmenu-event 'key))
      (cl-letf (((symbol-function 'completing-read)
                 (lambda (_prompt actions &rest _)
                   (cl-find (format "Ignore `%s` here" trial-rule) (mapcar #'car actions) :test #'string-prefix-p))))
        (call-interactively #'eglot-code-actions)))
    (eglot--signal-textDocument/didChange)
    (trial-until "the finding is suppressed" #'gone)
    (unless (string-search "# ecs-lint: ignore" (buffer-string))
      (message "emacs: no comment was added")
      (kill-emacs 1))))
(message "emacs: Emacs %s with Eglot %s" emacs-version
         (if (assq 'eglot package-alist) (package-version-join (package-desc-version (cadr (assq 'eglot package-alist)))) "of its own"))
(eglot-shutdown-all)
(kill-emacs 0)
