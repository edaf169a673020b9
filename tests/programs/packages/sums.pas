{ SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause }
{ Compiled by Free Pascal on the LWK: what counts is the assembly that comes out. }
program sums;
type
  TVector = array[0..99] of Double;
var
  v: TVector;
  i: Integer;
  total: Double;

function square(x: Double): Double;
begin
  square := x * x;
end;

begin
  total := 0;
  for i := 0 to 99 do
    v[i] := square(i) / (i + 1);
  for i := 0 to 99 do
    if not odd(i) then
      total := total + v[i];
  writeln(total:12:6);
end.
