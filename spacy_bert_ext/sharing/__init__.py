"""One pass of the encoder for all heads, and their gradients back. The sequence of events, from beginning to end:

Linking
    Whenever a pipeline changes, spaCy sets `listener_map = {}` on each encoder component and calls `find_listeners`
    for each component after it (`pipeline/listened_to.py`). `Links.find` walks that component's layers. A layer that
    names this encoder, or "*", is linked: its `encoder` becomes the `SharedEncoder`, and it leaves the encoder that it
    listened to before. So "*" means the nearest encoder before the head. Components that are disabled stay linked,
    though spaCy's map forgets them. Nothing is kept alive by a link: `Links` holds listeners and heads weakly.

Prediction
    1. `BertEncoder.predict` encodes a buffer of Docs. Without listeners that read Docs as they are, and with
       `keep = "none"`, it does nothing.
    2. `BertEncoder.set_annotations` calls `SharedEncoder.hand_out`: the vectors stand in `in_flight`, by Doc, never on
       the Doc. Foreign listeners read Docs: their adapter leaves there what they read.
    3. A head's model asks its `EncoderListener`, which asks `SharedEncoder.vectors_for`. Vectors in flight are taken if
       all Docs have some, made by the weights of now, and still have the tokens that were encoded. When all listeners
       have taken theirs, or the Docs are gone, the vectors are gone too.
    4. Where there are none (the encoder is disabled or frozen, did not see these Docs, or tokens were merged since),
       `vectors_for` has the encoder make them, and holds them for the other heads. A head never computes from nothing.
    5. A head that reads something else than its Docs, such as questions beside them, asks with a `Reading`. The encoder
       makes a pass for it alone.

A training step
    1. `BertEncoder.update` calls `begin_step`: what is owed of the last step is done, then a `Step` waits for heads.
    2. `BertHead.update` runs its model. While training, `vectors_for` gives each head copies of the step's vectors that
       are leaves, so that the heads' gradients can be told apart. The first head has the batch encoded, with gradients:
       a `Pass` holds the vectors. A head that reads something else of the Docs, learns from a part of them, or whose
       tokens were merged or split since, has another `Pass` made.
    3. The head's gradients go to its own weights (`Gradients`, scaled as `Accumulation` says) and to its leaves. It
       tells by `weigh` how many tokens or Docs its loss is the mean of. A head that is frozen, or has nothing annotated
       in the batch, leaves nothing and changes nothing for the others.
    4. `finish_update` of the encoder calls `finish_step`, which ends in `complete_step`: each head's gradient, times
       its factor, is added up in the encoder's vectors and goes through the encoder once. Then `apply_gradients` steps
       the optimizer for the encoder and its heads together.

A step that is owed
    `nlp.update(examples, sgd=...)` finishes each component right after its own update, the encoder before any head. Its
    optimizer then waits in `Step.sgd` until every listener has done its part (`finish_listeners`): one of our heads
    when that finishes, one of spaCy's, which step their own weights and know of no encoder, when its gradient has come.
    A head that is frozen never comes. So what is still owed is done when the encoder is used for anything else: the
    next batch, other Docs, other weights (`use_params`), another device, a file. A head that comes all the same after
    that has the encoder pass its Docs again: its gradient is never lost.

accumulate_gradient
    spaCy calls `update` several times, and `finish_update` once. `Accumulation`, one in the encoder and one in each
    head, keeps what has come as the mean over all that was annotated, as if it had been one batch.

A step that fails
    If a head's update raises, the head calls `discard_step`: the step and the gradients of the encoder and all of its
    heads are gone. The next batch begins anew.

A frozen or disabled encoder
    Without `update` there is no step. In training, too, the first head then has the encoder make vectors, which the
    other heads take from `in_flight`. They have no gradients. With `freeze = "all"` there is a step, and its vectors
    take no gradients. `ensure_weights` loads the checkpoint for heads that are initialized, since spaCy initializes no
    component that is frozen.

Replaced listeners
    `nlp.replace_listeners` asks `listener_map` for a component's listeners, copies the encoder's model for each, and
    has `remove_listener` cut the link. The head then has an encoder of its own (`Upstream.own`): its gradients go
    straight into it, and it is saved in the head's folder.

Foreign listeners
    spacy-transformers' listeners take part through an adapter (`ForeignListeners`, implemented in `interop/`), which
    the factory of `bert_encoder` hands over. In a step all of them share one set of leaves (`Step.form_for`).

Which head belongs to which encoder
    Each head remembers the identity of the encoder that it was trained with (`TrainedWith`), and on disk the checksum
    of that encoder's weights. Copies of an encoder, and what becomes of it in training, keep its identity.

Errors and warnings
    B020, B050  a listener is linked to no encoder: there is none before the head that its `upstream` names
    B120        a head learns from other Docs than those that the encoder was given: the encoder learns nothing
    B192        a head is used with another encoder than it was trained with
    B171, B270  a head's files were saved with other weights than the encoder's: a head of ours, one of spaCy's
    B203, B204  the encoder is not saved with the head, or under another name than its listener has
    B054        spacy-transformers' listeners can't be replaced by an encoder
    B061, B071  only a head with an encoder of its own can be moved to another device
"""
