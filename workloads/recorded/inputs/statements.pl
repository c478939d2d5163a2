# Prints an SQL script of made-up orders, each statement with a text of its own. Seed 1.
use strict;
use warnings;
my $state = 1;
sub draw { $state = ($state * 1103515245 + 12345) % 2147483648; return int($state / 65536) % $_[0]; }
sub text { return join ' ', map { join '', map { chr(97 + draw(26)) } 0 .. 1 + draw(8) } 0 .. draw(8); }
print "PRAGMA journal_mode = OFF;\n";
print "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, city TEXT);\n";
print "CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER, item TEXT, price REAL);\n";
print "CREATE INDEX by_customer ON purchase (customer);\nCREATE INDEX by_item ON purchase (item, price);\n";
printf "INSERT INTO customer VALUES (%d, '%s', 'city %d');\n", $_, text(), draw(97) for 1 .. 1500;
for my $n (1 .. 9000) {
    printf "INSERT INTO purchase VALUES (%d, %d, '%s', %.2f);\n", $n, 1 + draw(1500), text(), draw(9999) / 7;
    printf "UPDATE purchase SET item = upper(item) || ' %s' WHERE customer = %d;\n", text(), draw(1500) if draw(4) == 0;
    printf "DELETE FROM purchase WHERE id = %d;\n", draw($n) if draw(3) == 0;
    printf "SELECT name, sum(price), group_concat(item, ';') FROM customer JOIN purchase ON customer = customer.id "
        . "WHERE customer.id BETWEEN %d AND %d GROUP BY name ORDER BY 2 DESC;\n", (sort { $a <=> $b } draw(1500), draw(1500))
        if draw(40) == 0;
    printf "SELECT json_group_array(json_object('c', city, 'p', round(price))) FROM customer JOIN purchase "
        . "ON customer = customer.id WHERE city = 'city %d';\n", draw(97) if draw(50) == 0;
}
