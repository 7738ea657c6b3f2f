"""Watches how a submission trains, beside it and without a part in it: what it sees becomes hints (`grader.facts`).

  watch      what PyTorch calls, and who is asked then
  call       one call of the submission: its losses, its steps, what they changed
  gradients  which gradients a step finds
  modes      which mode layers are in while the model learns or predicts
  graph      what stands between a loss and its parameters

Nothing here may change a number, an exception or an order of events. So no function of PyTorch is replaced: its own
global hooks are used, and its engine for the way back is a subclass that does the same. No generator is touched, no
graph kept alive, and what fails here ends the watching and nothing else.
"""
