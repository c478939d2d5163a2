# Prints a JSON document of made-up measurements. Seed 1. Its argument: how many stations.
use strict;
use warnings;
my $state = 1;
sub draw { $state = ($state * 1103515245 + 12345) % 2147483648; return int($state / 65536) % $_[0]; }
my @station;
for my $n (1 .. shift) {
    my @reading = map { sprintf '{"t":%d,"c":%.1f,"ok":%s}', $_ * 60, draw(400) / 10, draw(9) ? 'true' : 'null' }
        0 .. 5 + draw(40);
    push @station, sprintf '{"id":"s-%05d","place":{"x":%d,"y":%d,"name":"%s"},"readings":[%s]}', $n,
        draw(1000), draw(1000), join('', map { chr(97 + draw(26)) } 0 .. 4 + draw(20)), join ',', @reading;
}
print '[', join(",\n", @station), "]\n";
