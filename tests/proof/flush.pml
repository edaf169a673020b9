/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that an enclave loses while it runs (docs/hv-x86.md): the controller unmaps it, has every core flush, and only then is it somebody else's. The
 * co-kernel goes on using it whatever it has said. Safety: no core reaches the page once it is Linux's. Liveness: the command is executed, whatever exits
 * the core has meanwhile and whenever the NMI comes.
 *
 * Mutants, which must fail: NO_WAIT (the page goes after the command is sent), NO_FLUSH (a core answers without flushing), MAPPED (the command is sent
 * before the entry is gone), LOST (an NMI that comes while the hypervisor runs is forgotten), ONE_CORE (only the first core is told).
 */
#define CORES 2

bool mapped = true;
bool freed = false;   /* whose the page is */
bool tlb[CORES];      /* the core has the translation */
bool sent[CORES];     /* an NMI is on its way */
bool nmi[CORES];      /* has arrived */
bool window[CORES];   /* an exit as soon as the guest is entered */
byte posted[CORES], done[CORES];

inline commands(me)
{
	do
	:: done[me] != posted[me] ->
#ifndef NO_FLUSH
		tlb[me] = false;
#endif
		done[me]++
	:: else -> break
	od
}

proctype core(byte me)
{
guest:
	atomic {
		if
		:: nmi[me] -> nmi[me] = false; goto command
		:: window[me] -> window[me] = false; goto command
		:: else ->
			if
			:: mapped && !tlb[me] -> tlb[me] = true; goto guest
			:: tlb[me] -> assert(!freed); goto guest
			:: goto root /* any other exit */
			fi
		fi
	}
root:
	/* its handler, then the next entry; an NMI may come anywhere in between */
	if
	:: nmi[me] ->
		nmi[me] = false;
#ifndef LOST
		window[me] = true;
#endif
		goto root
	:: goto guest
	fi;
command:
	commands(me);
	goto guest
}

/* takes as long as it likes, but not for ever */
proctype wire(byte to)
{
end:
	do
	:: atomic { sent[to] -> sent[to] = false; nmi[to] = true }
	od
}

proctype controller()
{
	byte i = 0;

#ifndef MAPPED
	mapped = false;
#endif
	do
#ifdef ONE_CORE
	:: i < 1 ->
#else
	:: i < CORES ->
#endif
		posted[i]++;
		sent[i] = true;
		i++
	:: else -> break
	od;
	i = 0;
#ifndef NO_WAIT
	do
	:: i < CORES -> done[i] == posted[i]; i++
	:: else -> break
	od;
#endif
	mapped = false;
	freed = true
}

init
{
	atomic {
		run core(0);
		run core(1);
		run wire(0);
		run wire(1);
		run controller()
	}
}

ltl goes { <> freed }
