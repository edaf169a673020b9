! SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
! Fortran with OpenMP: arrays, a reduction, formatted and unformatted files.
program runtime
    use omp_lib
    implicit none
    integer, parameter :: n = 200
    real(8) :: a(n, n), b(n, n), c(n, n), trace, total
    integer :: i, j, unit, again

    do j = 1, n
        do i = 1, n
            a(i, j) = mod(i * j, 7)
            b(i, j) = mod(i + j, 5)
        end do
    end do
    c = 0
    !$omp parallel do
    do j = 1, n
        do i = 1, n
            c(i, j) = dot_product(a(i, :), b(:, j))
        end do
    end do
    !$omp end parallel do
    trace = 0
    !$omp parallel do reduction(+:trace)
    do i = 1, n
        trace = trace + c(i, i)
    end do
    total = sum(matmul(a, b) - c)
    print '(a, f14.3, f8.3)', 'trace ', trace, total
    open (newunit=unit, file='numbers.bin', form='unformatted')
    write (unit) c(1, :)
    rewind (unit)
    read (unit) b(1, :)
    close (unit, status='delete')
    print '(a, l2)', 'file  ', all(b(1, :) == c(1, :))
    open (newunit=unit, file='numbers.txt')
    write (unit, '(i5, 1x, e12.4)') (i, 1.0d0 / i, i = 1, 10)
    rewind (unit)
    do i = 1, 10
        read (unit, *) again, total
    end do
    close (unit, status='delete')
    print '(a, i3, f9.5)', 'last  ', again, total
    print '(a, i2)', 'threads ', omp_get_max_threads()
end program
