# Prints a C file of made-up functions. Seed 1. Its arguments: how many, and the first one's number.
use strict;
use warnings;
my ($count, $first) = (@ARGV, 0);
my $state = 1 + $first;
sub draw { $state = ($state * 1103515245 + 12345) % 2147483648; return int($state / 65536) % $_[0]; }
my @type = ('int', 'long', 'unsigned', 'double');
print "struct item { int key; long weight; double share; struct item *next; };\n";
for my $n ($first .. $first + $count - 1) {
    my $type = $type[ draw(4) ];
    print "$type f$n(struct item *list, $type limit, int depth)\n{\n    $type sum = 0;\n";
    for my $step (1 .. 3 + draw(8)) {
        my $field = ('key', 'weight', 'share')[ draw(3) ];
        my @kind = (
            "    for (struct item *i = list; i; i = i->next) sum += ($type)i->$field * @{[1 + draw(50)]};\n",
            "    if (sum > limit) { sum -= ($type)@{[draw(999)]}; list->$field += depth; }\n",
            "    switch (depth & 3) { case 0: sum += @{[draw(9)]}; break; case 1: sum *= 2; break; default: sum -= depth; }\n",
            "    while (depth-- > @{[draw(20)]}) sum = sum / 2 + ($type)list[depth & 7].$field;\n",
        );
        print $kind[ draw(4) ];
    }
    print '    sum += (', $type, ')f', $n - 1 - draw($n - $first > 9 ? 9 : $n - $first), "(list, 1, depth);\n" if $n > $first;
    print "    return sum;\n}\n";
}
