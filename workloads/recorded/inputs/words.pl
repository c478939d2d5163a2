# Counts, joins and sorts words of a text that it makes up itself. Seed 1.
use strict;
use warnings;
my $state = 1;
sub draw { $state = ($state * 1103515245 + 12345) % 2147483648; return int($state / 65536) % $_[0]; }
my @word = map { join '', map { chr(97 + draw(26)) } 0 .. 2 + draw(6) } 1 .. 4000;
my (%count, %follows);
for my $line (1 .. 25000) {
    my $text = join ' ', map { $word[draw(30) * draw(30)] } 0 .. 4 + draw(12);
    my @part = split / /, $text;
    $count{$_}++ for @part;
    push @{ $follows{ $part[$_] } }, $part[ $_ + 1 ] for 0 .. $#part - 1;
    if ($line % 40 == 0) { delete $follows{$_} for grep { draw(3) == 0 } @part }
    $text =~ s/(\w+) (\w+)/$2-$1/g;
    $count{$text} = length $text if draw(5) == 0;
}
my @order = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print scalar(@order), " $order[0] ", scalar(keys %follows), "\n";
