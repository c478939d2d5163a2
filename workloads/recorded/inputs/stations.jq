# The stations by the mean of what they measured.
map({id, mean: ([.readings[].c] | add / length), bad: [.readings[] | select(.ok == null) | .t]})
| group_by(.mean | floor)
| map({mean: .[0].mean, ids: map(.id), bad: map(.bad | length) | add})
