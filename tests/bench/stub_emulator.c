/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The least that an emulator can be: a program with the C library that ends. */
int main(void)
{
	return 0;
}
